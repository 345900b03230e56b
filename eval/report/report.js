// Search and filters for the questions. Without this script all of them are there, one below the other.
(() => {
  const tools = document.querySelector(".tools");
  if (!tools) return;
  const cases = [...document.querySelectorAll("[data-kind]")];
  const texts = cases.map((one) => one.textContent.toLowerCase());
  const [search, kind, problem] = ["search", "kind", "problem"].map((name) => tools.querySelector(`[name=${name}]`));
  const said = tools.querySelector("output");
  const show = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    cases.forEach((one, place) => {
      const fits = (!kind.value || one.dataset.kind === kind.value) && (!problem.value || one.dataset.problem === problem.value);
      one.hidden = !(fits && wanted.every((word) => texts[place].includes(word)));
      if (!one.hidden) count += 1;
    });
    said.textContent = `${count} of ${cases.length} shown`;
  };
  tools.hidden = false;
  tools.addEventListener("input", show);
  tools.addEventListener("submit", (event) => event.preventDefault());
  show();
})();
