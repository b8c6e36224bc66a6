// Ticking many cases: by keyboard, by ranges, and so that a list that refreshes itself forgets none.
const form = document.getElementById("inbox-bulk");
const bar = document.querySelector("[data-inbox-bar]");
const whole = document.querySelector("[data-inbox-page]");
const everything = document.querySelector("[data-inbox-all]");
const count = document.querySelector("[data-inbox-count]");
const ticked = new Set();
let last = null;

const boxes = () => [...document.querySelectorAll("[data-inbox-tick]")];

function show() {
  if (!bar) return;
  const all = boxes();
  for (const box of all) box.checked = ticked.has(box.value);
  if (whole) {
    whole.hidden = false;
    whole.checked = all.length > 0 && all.every((box) => box.checked);
    whole.indeterminate = !whole.checked && all.some((box) => box.checked);
  }
  if (count) count.textContent = count.dataset.word.replace("#", ticked.size);
  bar.classList.toggle("is-idle", ticked.size === 0 && !everything?.checked);
}

function tick(box, on) {
  if (on) ticked.add(box.value);
  else ticked.delete(box.value);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-inbox-tick]");
  if (!box) return;
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const here = all.indexOf(box);
  const range = event.shiftKey && from >= 0 ? all.slice(Math.min(from, here), Math.max(from, here) + 1) : [box];
  for (const one of range) tick(one, box.checked);
  last = box.value;
  show();
});

whole?.addEventListener("change", () => {
  for (const box of boxes()) tick(box, whole.checked);
  show();
});
everything?.addEventListener("change", show);

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const box = document.activeElement?.closest("li")?.querySelector("[data-inbox-tick]");
  if (!box) return;
  event.preventDefault();
  tick(box, !ticked.has(box.value));
  last = box.value;
  show();
});

// What was ticked and has left the page meanwhile is ticked still.
form?.addEventListener("submit", () => {
  for (const old of form.querySelectorAll("[data-inbox-kept]")) old.remove();
  const here = new Set(boxes().map((box) => box.value));
  for (const number of ticked) {
    if (here.has(number)) continue;
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "case", value: number });
    kept.dataset.inboxKept = "";
    form.append(kept);
  }
});

document.addEventListener("htmx:after:swap", show);
addEventListener("pageshow", () => {
  for (const box of boxes()) if (box.checked) ticked.add(box.value);
  show();
});
show();
