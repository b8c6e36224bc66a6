// The keyboard of one case, and the seconds an answer still waits. Everything works without it.
const byId = (id) => document.getElementById(id);

function unfold(id) {
  const folded = byId(id);
  if (!folded) return false;
  folded.open = true;
  folded.scrollIntoView({ block: "center" });
  folded.querySelector("select, button[name], textarea, input:not([type=hidden])")?.focus();
  return true;
}

function focus(id) {
  const field = byId(id);
  if (!field) return false;
  field.scrollIntoView({ block: "center" });
  field.focus();
  return true;
}

// Out of a field: what was unfolded for it is folded again, and its line has the focus.
function leave(field) {
  const folded = field.closest("details[open]");
  if (!folded) return field.blur();
  folded.open = false;
  folded.querySelector("summary")?.focus();
}

const KEYS = {
  r: () => focus("text"),
  m: () => focus("macro"),
  n: () => focus("note"),
  a: () => unfold("assign"),
  s: () => unfold("snooze"),
  f: () => unfold("remind"),
  e: () => unfold("resolve"),
  u: () => {
    const undo = document.querySelector("[data-desk-undo] button");
    undo?.click();
    return Boolean(undo);
  },
  "?": () => {
    byId("desk-help")?.showModal();
    return true;
  },
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  const field = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (event.key === "Escape" && field) leave(field);
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (KEYS[event.key]?.()) event.preventDefault();
});

// Whoever has seen what came may go on: the forms beside the conversation know it as it stands now.
document.addEventListener("htmx:after:swap", () => {
  const now = document.querySelector("#case-live input[name=version]")?.value;
  if (!now) return;
  for (const one of document.querySelectorAll(".desk-main form[data-split-stays] input[name=version]")) one.value = now;
});

// An answer that leaves in a moment says in how many seconds.
function count() {
  for (const shown of document.querySelectorAll("[data-desk-leaves]")) {
    shown.dataset.until ??= Date.now() + Number(shown.dataset.deskLeaves) * 1000;
    const left = Math.ceil((shown.dataset.until - Date.now()) / 1000);
    const words = left > 0 ? shown.dataset.words.replace("{s}", left) : shown.dataset.now;
    if (shown.textContent !== words) shown.textContent = words;
  }
}
setInterval(count, 250);
