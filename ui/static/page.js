// Comforts of the page, which works without them: "/" goes to the field for the question, a new question is brought to
// the top of the window, so that its answer is read from its beginning, a card closes when its link to the source is
// followed, and on a narrow window the sidebar closes when something was chosen in it.
(() => {
  if (window.ragPage) return;
  window.ragPage = true;

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const typing = at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = document.querySelector('[data-testid="stChatInputTextArea"]');
    if (field) {
      event.preventDefault();
      field.focus();
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('.rag-card a[href^="#"]');
    if (link) {
      link.closest("[popover]").hidePopover();
      document.getElementById(link.hash.slice(1))?.querySelector("details")?.setAttribute("open", "");
    }
    const chosen = event.target.closest?.('.stSidebar :is([class*="st-key-side_open_"], .st-key-side_new) button');
    if (chosen && window.innerWidth <= 640) document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  });

  let seen = null;
  const look = () => {
    const turns = document.querySelectorAll('[class*="st-key-turn-"] .rag-question');
    const newest = turns[turns.length - 1];
    if (!newest || newest.id === seen) return;
    const first = seen === null && !document.querySelector(".st-key-asked .rag-question");
    seen = newest.id;
    if (!first) newest.scrollIntoView({ block: "start", behavior: "instant" });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
