// The keyboard of a list, and its ticks. Everything here can be done without it, too.
const links = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const boxes = () => [...document.querySelectorAll("[data-rows] [data-tick]")];
const bar = document.querySelector("[data-rows-bar]");
const whole = bar?.querySelector("[data-tick-all]");
const everything = bar?.querySelector("[data-tick-everything]");
const count = bar?.querySelector("[data-rows-count]");
let last = null;

function show() {
  if (!bar) return;
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  whole.hidden = false;
  whole.checked = ticked > 0 && ticked === all.length;
  whole.indeterminate = ticked > 0 && ticked < all.length;
  count.textContent = count.dataset.word.replace("#", ticked);
  bar.classList.toggle("is-idle", ticked === 0 && !everything?.checked && !("always" in bar.dataset));
}

function move(step) {
  const all = links();
  if (!all.length) return;
  const row = document.activeElement.closest("tr");
  const here = all.findIndex((link) => link.closest("tr") === row);
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
  all[Math.max(0, Math.min(all.length - 1, next))].focus();
}

function tickHere() {
  const box = document.activeElement.closest("tr")?.querySelector("[data-tick]");
  if (box) box.click();
  return Boolean(box);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: tickHere,
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("rows-keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && event.target.id === "q") event.target.blur();
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (!(event.key in KEYS)) return;
  if (KEYS[event.key]() !== false) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-rows] [data-tick]");
  if (!box) return;
  const all = boxes();
  const from = all.indexOf(last);
  const here = all.indexOf(box);
  if (event.shiftKey && from >= 0) for (const one of all.slice(Math.min(from, here), Math.max(from, here))) one.checked = box.checked;
  last = box;
  show();
});

whole?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = whole.checked;
  show();
});
// A list that refreshes itself leaves the reader where they were.
let focused = null;
document.addEventListener("focusin", (event) => { focused = event.target.id || null; });
everything?.addEventListener("change", show);
document.addEventListener("htmx:after:swap", () => {
  if (focused?.startsWith("row-") && document.activeElement === document.body) document.getElementById(focused)?.focus();
  show();
});
addEventListener("pageshow", show);
show();
