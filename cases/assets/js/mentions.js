// Whom a note calls: names after an @ are found while one types, chosen by arrows, Enter or a press.
// Without it a name typed whole does the same.
const TYPED = /(?:^|[^\w.+-])[@＠](\S{0,30}(?: \S{0,20})?)$/u;
const WAIT_MS = 120;
let field = null;
let typed = "";
let asking = null;
let waiting = null;

const list = () => field?.parentElement.querySelector(".mentions");
const options = () => [...(list()?.querySelectorAll("[role=option]") ?? [])];
const current = () => list()?.querySelector('[aria-selected="true"]');

function close() {
  asking?.abort();
  clearTimeout(waiting);
  list()?.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
}

function choose(one) {
  current()?.setAttribute("aria-selected", "false");
  one.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", one.id);
  one.scrollIntoView({ block: "nearest" });
}

// What stands from the @ to the caret is replaced by the name, and a space behind it.
function write(one) {
  const caret = field.selectionStart;
  field.setRangeText(`${one.dataset.call} `, caret - typed.length, caret, "end");
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function show(html) {
  const found = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("[role=option]")];
  list()?.remove();
  if (!found.length) return close();
  const made = Object.assign(document.createElement("ul"), { className: "mentions plain", id: "mentions" });
  made.setAttribute("role", "listbox");
  made.setAttribute("aria-label", field.form.dataset.mentionsLabel);
  made.append(...found.map((one) => document.adoptNode(one)));
  field.parentElement.append(made);
  field.setAttribute("aria-controls", made.id);
  choose(options()[0]);
}

async function ask() {
  const mine = new AbortController();
  asking?.abort();
  asking = mine;
  try {
    const url = `${field.form.dataset.mentions}?${new URLSearchParams({ q: typed })}`;
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: mine.signal });
    const html = answer.ok ? await answer.text() : "";
    if (!mine.signal.aborted) show(html);
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function look(event) {
  const one = event.target.closest("form[data-mentions] textarea");
  if (!one || event.isComposing) return;
  if (field && field !== one) close();
  field = one;
  const found = TYPED.exec(field.value.slice(0, field.selectionStart));
  if (!found) return close();
  typed = found[1];
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT_MS);
}

document.addEventListener("input", look);
document.addEventListener("compositionend", look);
document.addEventListener("focusout", (event) => event.target === field && close());

// While the list stands its keys belong to it, before those of the page.
document.addEventListener("keydown", (event) => {
  if (event.target !== field || !list() || event.isComposing || event.keyCode === 229) return;
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(all[(all.indexOf(current()) + step + all.length) % all.length]);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") write(current());
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("pointerdown", (event) => {
  const one = event.target.closest(".mentions [role=option]");
  if (!one || !field) return;
  event.preventDefault();
  write(one);
});
