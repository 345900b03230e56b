// Comforts of the page, which works without them: "/" goes to the field for the question, a new question is brought to
// the top of the window, so that its answer is read from its beginning, a card closes when its link to the source is
// followed, Back leads to what was seen before, as it was seen, and on a narrow window the sidebar closes when something
// was chosen in it.
(() => {
  if (window.ragPage) return;
  window.ragPage = true;

  const main = () => document.querySelector('[data-testid="stMain"]');
  const sidebar = () => document.querySelector('[data-testid="stSidebar"]');

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
    if (!link) return;
    link.closest("[popover]").hidePopover();
    document.getElementById(link.hash.slice(1))?.querySelector("details")?.setAttribute("open", "");
  });

  // The sidebar lies over the page on a narrow window. Streamlit keeps it open after a choice, and remembers that over a reload.
  const CHOICES = '[data-testid="stSidebarNavLink"], [class*="st-key-side_open_"] button, .st-key-side_new button';
  const narrow = () => window.innerWidth <= 640;
  const fold = () => {
    if (sidebar()?.dataset.collapsed === "false") sidebar().querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  };
  document.addEventListener("click", (event) => {
    if (!narrow()) return;
    const inside = event.target.closest?.('[data-testid="stSidebar"]');
    if (inside ? event.target.closest(CHOICES) : event.target.closest?.('[data-testid="stMain"]')) fold();
  });
  window.addEventListener("pagehide", () => {
    if (!narrow()) return;
    for (const name of Object.keys(localStorage)) if (name.startsWith("stSidebarCollapsed-")) localStorage.removeItem(name);
  });
  if (narrow()) fold();

  // One step of a reader is one entry of the history. Streamlit makes two or three of it when it goes to another page: the
  // new parameters at the old page first, which is a place where nobody was.
  // And where a reader went back to, that is the address: what an earlier run of the page still has to say changes nothing.
  const [push, replace] = [history.pushState.bind(history), history.replaceState.bind(history)];
  const places = new Map(); // how far down each address was read
  let stepped = false;
  let back = false;
  for (const kind of ["click", "keydown"]) window.addEventListener(kind, () => ((stepped = true), (back = false)), true);
  history.pushState = (...given) => {
    if (stepped && main()) places.set(location.href, main().scrollTop);
    const other = new URL(given[2], location.href).searchParams.get("abstract");
    if (stepped && other && main()) main().scrollTop = 0; // another paper is read from its beginning
    if (!back) (stepped ? push : replace)(...given);
    stepped = false;
  };
  history.replaceState = (...given) => {
    if (!back) replace(...given);
  };

  // Back brings the reader to the line that was read: the page scrolls in an element, which the browser does not restore.
  let until = 0;
  let wanted = 0;
  const restore = () => {
    if (performance.now() > until || !main()) return;
    if (main().scrollHeight - main().clientHeight >= wanted) main().scrollTop = wanted;
    requestAnimationFrame(restore);
  };
  window.addEventListener("popstate", () => {
    [stepped, back] = [false, true];
    wanted = places.get(location.href) ?? 0;
    until = performance.now() + 3000;
    restore();
  });
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => (until = 0), { capture: true, passive: true });
  }

  let seen = null;
  const look = () => {
    const turns = document.querySelectorAll('[class*="st-key-turn-"] .rag-question');
    const newest = turns[turns.length - 1];
    if (!newest || newest.id === seen) return;
    const first = seen === null && !document.querySelector(".st-key-asked .rag-question");
    seen = newest.id;
    if (!first && performance.now() > until) newest.scrollIntoView({ block: "start", behavior: "instant" });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
