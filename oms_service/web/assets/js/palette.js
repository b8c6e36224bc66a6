// The command palette: Ctrl or ⌘ and K over any page of staff. It finds what the server knows by
// name, what this page offers (buttons and links of [data-commands]), and what was open lately.
const palette = document.getElementById("palette");
const field = document.getElementById("palette-field");
const list = document.getElementById("palette-list");
const none = palette.querySelector("[data-palette-none]");
const said = palette.querySelector("[data-palette-said]");
const KEPT = "palette-recent";
const MOST_RECENT = 6;
const WAIT_MS = 120;
let asking = null;
let waiting = null;
let shownFor = null;

const fold = (text) => text.normalize("NFKC").toLowerCase();
const options = () => [...list.querySelectorAll("[role=option]")];
const current = () => list.querySelector('[aria-selected="true"]');

// What was open lately: its name and address, for this colleague and as long as the tab is open.
function recent() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    return kept.viewer === palette.dataset.viewer ? kept.pages : [];
  } catch {
    return [];
  }
}

function keep() {
  const label = document.querySelector("[data-palette-kept]")?.dataset.paletteKept;
  if (!label) return;
  const pages = recent().filter((one) => one.url !== location.pathname);
  pages.unshift({ label, url: location.pathname });
  sessionStorage.setItem(KEPT, JSON.stringify({ viewer: palette.dataset.viewer, pages: pages.slice(0, MOST_RECENT + 1) }));
}

function option(label, id) {
  const made = palette.querySelector("[data-palette-option]").content.cloneNode(true).firstElementChild;
  made.id = `palette-${id}`;
  made.querySelector(".palette-label").textContent = label;
  return made;
}

function group(name, heading, made) {
  const part = document.createElement("div");
  const title = Object.assign(document.createElement("p"), { className: "palette-heading", id: `palette-${name}`, textContent: heading });
  part.setAttribute("role", "group");
  part.setAttribute("aria-labelledby", title.id);
  part.append(title, ...made);
  return made.length ? [part] : [];
}

// What this page offers: the very buttons and links that stand on it, but what [data-no-command]
// names: another button leads there already.
function commands(words) {
  return [...document.querySelectorAll("[data-commands]")].flatMap((place, index) => {
    const found = [...place.querySelectorAll("button, a[href], summary")].filter((one) => one.checkVisibility() && !one.disabled && !one.closest("[data-no-command]"));
    const made = found.flatMap((one, at) => {
      const label = (one.getAttribute("aria-label") ?? one.textContent).replace(/\s+/g, " ").trim();
      if (!label || !words.every((word) => fold(`${label} ${place.dataset.commands}`).includes(word))) return [];
      const shown = option(label, `here-${index}-${at}`);
      shown.addEventListener("click", (event) => {
        event.stopPropagation();
        palette.close();
        if (one.matches("summary")) one.parentElement.open = true;
        else one.click();
        one.scrollIntoView({ block: "nearest" });
      });
      return [shown];
    });
    return group(`here-${index}`, place.dataset.commands, made);
  });
}

function lately(typed) {
  if (typed) return [];
  const pages = recent().filter((one) => one.url !== location.pathname).slice(0, MOST_RECENT);
  return group("recent", palette.dataset.recent, pages.map((one, at) => Object.assign(option(one.label, `recent-${at}`), { dataUrl: one.url })));
}

function choose(one, { near = true } = {}) {
  current()?.setAttribute("aria-selected", "false");
  if (!one) return field.removeAttribute("aria-activedescendant");
  one.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", one.id);
  if (near) one.scrollIntoView({ block: "nearest" });
}

function show(found) {
  const typed = field.value.trim();
  const words = fold(typed).split(/\s+/).filter(Boolean);
  // A choice is kept while its list grows, and never carried over to what was typed anew.
  const before = shownFor === typed ? current()?.id : null;
  shownFor = typed;
  list.replaceChildren(...lately(typed), ...commands(words), ...found);
  const all = options();
  none.hidden = all.length > 0;
  none.textContent = all.length ? "" : palette.dataset.none;
  said.textContent = all.length ? palette.dataset.some.replace("#", all.length) : palette.dataset.none;
  choose((before && document.getElementById(before)) || all[0] || null);
}

let known = [];
// Whether the answer came, and was not overtaken by what was typed after it.
async function ask() {
  asking?.abort();
  clearTimeout(waiting);
  waiting = null;
  const mine = new AbortController();
  asking = mine;
  const typed = field.value.trim();
  try {
    const headers = { "HX-Request": "true", "X-Language": document.documentElement.lang };
    const answer = await fetch(`${palette.dataset.palette}?${new URLSearchParams({ q: typed })}`, { headers, signal: mine.signal });
    if (answer.status === 401) {
      location.reload();
      return false;
    }
    if (!answer.ok) throw new Error("refused");
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return false;
    known = [...piece.body.children].map((one) => document.adoptNode(one));
    show(known);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") show([]);
    return false;
  } finally {
    if (asking === mine) asking = null;
  }
}

function typedAnew() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT_MS);
}

function open() {
  if (palette.open) return;
  field.value = "";
  known = [];
  palette.showModal();
  field.focus();
  show([]);
  ask();
}

// A thing that is done is sent as a form, with the proof that it comes from our own page.
function follow(one, { aside = false } = {}) {
  const url = one.dataUrl ?? one.dataset.url;
  if (!one.dataset.fields) {
    palette.close();
    if (aside) window.open(url, "_blank", "noopener");
    else location.assign(url);
    return;
  }
  const proof = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRF-Token"];
  const fields = { ...JSON.parse(one.dataset.fields), csrf_token: proof };
  const form = Object.assign(document.createElement("form"), { method: "post", action: url, hidden: true });
  for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else if (!document.querySelector("dialog[open]")) open();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette-open]");
  if (opener && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    open();
  }
  if (event.target === palette || event.target.closest("[data-palette-close]")) palette.close();
});

list.addEventListener("click", (event) => {
  const one = event.target.closest("[role=option]");
  if (one) follow(one, { aside: event.ctrlKey || event.metaKey });
});
list.addEventListener("pointermove", (event) => {
  const one = event.target.closest("[role=option]");
  if (one && one !== current()) choose(one, { near: false });
});
// The field keeps the focus; the list is walked through from there.
list.addEventListener("pointerdown", (event) => event.preventDefault());

field.addEventListener("input", (event) => event.isComposing || typedAnew());
field.addEventListener("compositionend", typedAnew);
field.addEventListener("keydown", (event) => {
  // While a Japanese word is being converted, Enter and the arrows belong to the conversion.
  if (event.isComposing || event.keyCode === 229) return;
  const all = options();
  const at = all.indexOf(current());
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) };
  if (event.key in steps && all.length) choose(all[(steps[event.key] + all.length) % all.length]);
  else if (event.key === "Enter") {
    const one = current();
    // Enter before the answer to what was typed last waits for it.
    if (one && !waiting && !asking) one.dispatchEvent(new MouseEvent("click", { bubbles: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
    else ask().then((came) => came && current()?.click());
  } else return;
  event.preventDefault();
});

for (const key of document.querySelectorAll("[data-palette-key]")) {
  key.textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";
  key.hidden = false;
}
document.addEventListener("htmx:after:swap", keep);
keep();
