// The list and a case side by side. Where there is room, a case opens beside the list, which stays
// where it is and goes on living; the address is always the case's own, so that reloading it and
// passing it on work. Without this script, and on a phone, the list leads to the page of a case.
import { toast } from "../../js/toasts.js";

const ROOM = matchMedia("(width >= 1100px)");
const KEPT = "desk-list";
const CASE = /^\/desk\/cases\/[^/]+$/;
const root = document.querySelector("[data-split]");
const list = document.getElementById("split-list");
const pane = document.getElementById("split-case");
let opening = null;
let inbox = { title: document.title, url: "" };

const isOpen = () => root.classList.contains("is-open");
// It stands empty, as a skeleton, until it is fetched.
const hasList = () => !("empty" in list.dataset);
const isSplit = () => ROOM.matches && isOpen() && hasList();
const rows = () => [...list.querySelectorAll("[data-desk-case]")];
const rowOf = (path) => rows().find((row) => new URL(row.href).pathname === path);

function mark() {
  for (const row of rows()) {
    const isHere = isOpen() && new URL(row.href).pathname === location.pathname;
    if (isHere) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// What came is part of the page now: htmx, streams, and whoever waits for new pieces take it up.
function settle(part) {
  htmx.process(part);
  part.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true }));
}

function fetched(url, options = {}) {
  const headers = { "HX-Request": "true", "X-Language": document.documentElement.lang };
  return fetch(url, { headers, credentials: "same-origin", ...options });
}

function shown() {
  const title = pane.querySelector("[data-split-shown]")?.dataset.title;
  if (title) document.title = title;
  mark();
}

async function open(path, { remember = true, focus = false } = {}) {
  opening?.abort();
  const mine = new AbortController();
  opening = mine;
  pane.setAttribute("aria-busy", "true");
  try {
    const answer = await fetched(`${path}/pane`, { signal: mine.signal });
    if (!answer.ok) return location.assign(path);
    const html = await answer.text();
    if (mine.signal.aborted) return;
    pane.innerHTML = html;
  } catch (error) {
    if (error.name !== "AbortError") location.assign(path);
    return;
  } finally {
    if (opening === mine) pane.removeAttribute("aria-busy");
  }
  pane.hidden = false;
  root.classList.add("is-open");
  if (remember && location.pathname !== path) history.pushState({}, "", path);
  scrollTo(0, 0);
  settle(pane);
  shown();
  rowOf(path)?.scrollIntoView({ block: "nearest" });
  if (focus) pane.focus({ preventScroll: true });
}

function close({ remember = true } = {}) {
  const row = rowOf(location.pathname);
  opening?.abort();
  pane.replaceChildren();
  pane.hidden = true;
  root.classList.remove("is-open");
  if (remember) history.pushState({}, "", inbox.url);
  document.title = inbox.title;
  mark();
  (row ?? rows()[0])?.focus();
}

// A case that was reached by its own address gets the list beside it that was looked at last.
async function bringList() {
  if (!ROOM.matches || hasList() || list.dataset.coming) return;
  list.dataset.coming = "yes";
  const wanted = new URLSearchParams(sessionStorage.getItem(KEPT) ?? "");
  wanted.delete("lang");
  try {
    const answer = await fetched(`${root.dataset.splitColumn}?${wanted}`);
    if (!answer.ok) throw new Error("refused");
    list.innerHTML = await answer.text();
  } catch {
    delete list.dataset.coming;
    root.classList.remove("is-open");
    return;
  }
  delete list.dataset.empty;
  list.inert = false;
  settle(list);
  const there = list.querySelector("[data-split-inbox]");
  inbox = { title: document.title.replace(/^.*?(?= · )/, there.textContent.trim()), url: there.href };
  mark();
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

// The boxes of the case that is shown, by id, as they are filled now; not those of a form that is sent.
function boxes(but) {
  const found = [...pane.querySelectorAll("textarea[id]")].filter((one) => !but.contains(one));
  return new Map(found.map((one) => [one.id, one]));
}

// Words that were typed while an answer was on its way are put into the box that came with it.
function keepWriting(written) {
  for (const { id, value, start, end, hasFocus } of written) {
    const box = document.getElementById(id);
    if (!box) continue;
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    if (hasFocus) {
      box.focus({ preventScroll: true });
      box.setSelectionRange(start, end);
    }
  }
  return written.some(({ hasFocus }) => hasFocus);
}

// What is pressed in a case leaves the list where it is: the answer is shown in place of the case.
async function press(form, submitter) {
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.getAttribute("action");
  const said = new FormData(form, submitter);
  const isFiles = form.enctype === "multipart/form-data";
  const scrolled = scrollY;
  const here = pane.querySelector("[data-split-shown]")?.dataset.splitShown;
  const before = new Map([...boxes(form)].map(([id, { value }]) => [id, value]));
  let answer;
  try {
    answer = await fetch(action, { method: "POST", body: isFiles ? said : new URLSearchParams(said), headers: { Accept: "text/html" } });
  } catch {
    // Sent as forms are sent without script: whatever is in the way, the browser says it.
    form.dataset.plain = "yes";
    delete form.dataset.sent;
    return form.requestSubmit(submitter);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("split-case");
  if (!next) {
    if (answer.ok) return location.assign(answer.url);
    delete form.dataset.sent;
    return toast(page.querySelector("main")?.textContent.replace(/\s+/g, " ").trim() ?? "", "danger");
  }
  const isSame = next.querySelector("[data-split-shown]")?.dataset.splitShown === here;
  const written = [...boxes(form).values()]
    .filter(({ id, value }) => isSame && value !== (before.get(id) ?? ""))
    .map((box) => ({ id: box.id, value: box.value, start: box.selectionStart, end: box.selectionEnd, hasFocus: box === document.activeElement }));
  pane.replaceChildren(...document.adoptNode(next).childNodes);
  const path = new URL(answer.url).pathname;
  if (answer.redirected && CASE.test(path) && path !== location.pathname) history.pushState({}, "", path);
  settle(pane);
  shown();
  document.getElementById("toasts").append(...page.querySelectorAll("#toasts > .toast"));
  const wrong = pane.querySelector("[aria-invalid=true]");
  const at = new URL(action, location.href).hash.slice(1);
  if (keepWriting(written)) scrollTo(0, scrolled);
  else if (wrong) wrong.focus();
  else if (at) document.getElementById(at)?.querySelector("textarea")?.focus();
  else {
    scrollTo(0, scrolled);
    pane.focus({ preventScroll: true });
  }
}

if (root) {
  if (!isOpen()) {
    inbox = { title: document.title, url: location.href };
    sessionStorage.setItem(KEPT, location.search);
  } else bringList();
  ROOM.addEventListener("change", () => isOpen() && bringList());

  document.addEventListener("click", (event) => {
    const row = event.target.closest("a[data-desk-case]");
    const back = event.target.closest(".desk-back a, a[data-split-inbox]");
    const isPlain = !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!isPlain || !ROOM.matches) return;
    if (row) {
      event.preventDefault();
      open(new URL(row.href).pathname, { focus: event.detail === 0 });
    } else if (back && isSplit() && inbox.url) {
      event.preventDefault();
      close();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isSplit() || !("splitStays" in form.dataset) || form.dataset.plain) return;
    event.preventDefault();
    press(form, event.submitter);
  });

  // Escape goes back to the list, and from the list to the list alone.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || !isSplit()) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    if (list.contains(document.activeElement)) close();
    else (rowOf(location.pathname) ?? rows()[0])?.focus();
  });

  addEventListener("popstate", () => {
    if (CASE.test(location.pathname) && ROOM.matches && hasList()) open(location.pathname, { remember: false });
    else if (location.href === inbox.url && hasList()) close({ remember: false });
    else location.reload();
  });

  // Going back is done above; htmx would fetch the whole page anew.
  document.addEventListener("htmx:before:history:restore", (event) => event.preventDefault());
  document.addEventListener("htmx:after:swap", mark);
}
