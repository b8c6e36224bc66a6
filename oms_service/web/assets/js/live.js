// Live updates: <div data-live="URL" hx-get="..." hx-trigger="live">. The stream only hints that
// something changed; the element then fetches what it shows, with the reader's own rights.
const open = new Map();
// Whoever finds no seat, since too many streams are open, catches up when the window is looked at,
// and asks for a seat now and then: after half a minute first, after four minutes at last.
const FIRST_MS = 30_000;
const MOST_MS = 240_000;
// A stream that took longer to open may have missed something.
const LATE_MS = 400;
const standing = new Map();

function catchUp(element) {
  element.dispatchEvent(new CustomEvent("live"));
}

function listen(element) {
  if (open.has(element) || standing.get(element)?.timer) return;
  const source = new EventSource(element.dataset.live);
  const changed = (event) => {
    if (!element.isConnected) return close(element);
    element.dispatchEvent(new CustomEvent("live", { bubbles: false, detail: event.data }));
  };
  source.addEventListener("changed", changed);
  // Streams end every few seconds by design; what happened in between is fetched on return.
  // What happened before the first one was open, too, where that has taken its time.
  let isFirst = !standing.has(element);
  const asked = performance.now();
  source.addEventListener("open", () => {
    standing.delete(element);
    if (!isFirst || performance.now() - asked > LATE_MS) changed(new MessageEvent("open"));
    isFirst = false;
  });
  // A browser comes again by itself after a line that broke, never after a refusal.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) stand(element);
  });
  open.set(element, source);
}

function stand(element) {
  close(element);
  const waits = Math.min((standing.get(element)?.waits ?? FIRST_MS / 2) * 2, MOST_MS);
  // Not all at the same moment.
  const timer = setTimeout(() => sit(element), waits * (1 + Math.random() / 2));
  standing.set(element, { waits, timer });
}

function sit(element) {
  const was = standing.get(element);
  if (was) {
    clearTimeout(was.timer);
    standing.set(element, { waits: was.waits, timer: 0 });
  }
  if (!element.isConnected) standing.delete(element);
  else if (!document.hidden) listen(element);
}

function askAgain() {
  const waiting = [...standing].filter(([, { timer }]) => timer).map(([element]) => element);
  waiting.forEach(sit);
  return waiting;
}

function close(element) {
  open.get(element)?.close();
  open.delete(element);
}

function look() {
  for (const element of open.keys()) if (!element.isConnected) close(element);
  for (const element of standing.keys()) if (!element.isConnected) sit(element);
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-live]")) listen(element);
}

// A page nobody looks at holds no stream; when it comes back, it catches up first.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    for (const element of [...open.keys()]) close(element);
    return;
  }
  askAgain();
  look();
  const waiting = [...open.keys(), ...document.querySelectorAll("[data-rests]:not([data-live])")];
  for (const element of waiting) catchUp(element);
});
// A window may come to the front without having been hidden.
addEventListener("focus", () => askAgain().forEach(catchUp));
// What is fetched every few seconds, <div data-rests hx-trigger="live, every 15s">, rests meanwhile.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-rests]")) event.preventDefault();
});
addEventListener("pagehide", () => [...open.keys()].forEach(close));
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();
