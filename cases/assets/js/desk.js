// The keyboard of the desk. Everything here can be done without it, too.
const cases = () => [...document.querySelectorAll("[data-desk-case]")];

function move(step) {
  const all = cases();
  if (!all.length) return;
  const focused = all.indexOf(document.activeElement);
  // From anywhere else it goes on from the case that is open beside the list.
  const here = focused < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : focused;
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
  all[Math.max(0, Math.min(all.length - 1, next))].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target.id === "q") event.target.blur();
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "o" && document.activeElement.matches("[data-desk-case]")) document.activeElement.click();
  else if (event.key === "/" && document.getElementById("q")) document.getElementById("q").focus();
  else return;
  event.preventDefault();
});

// On a phone the views scroll sideways: the one at hand is in sight.
function showTab() {
  const tab = document.querySelector(".tab[aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}
showTab();
document.addEventListener("htmx:after:swap", showTab);

// A list that refreshes itself leaves the reader where they were.
let focused = null;
document.addEventListener("focusin", (event) => { focused = event.target.id || null; });
document.addEventListener("htmx:after:swap", () => {
  if (focused?.startsWith("row-") && document.activeElement === document.body) document.getElementById(focused)?.focus();
});

// A link to a folded form unfolds it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-desk-opens]");
  const folded = link && document.getElementById(link.dataset.deskOpens);
  if (!folded) return;
  event.preventDefault();
  folded.open = true;
  folded.scrollIntoView({ block: "center" });
  folded.querySelector("select, button[name], textarea, input:not([type=hidden])")?.focus();
});
