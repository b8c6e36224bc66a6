// Live updates: <div data-live="URL" hx-get="..." hx-trigger="live">. The stream only hints that
// something changed; the element then fetches what it shows, with the reader's own rights.
const open = new Map();

function listen(element) {
  if (open.has(element)) return;
  const source = new EventSource(element.dataset.live);
  const changed = (event) => {
    if (!element.isConnected) return close(element);
    element.dispatchEvent(new CustomEvent("live", { bubbles: false, detail: event.data }));
  };
  source.addEventListener("changed", changed);
  // Streams end every few seconds by design; what happened in between is fetched on return.
  let isFirst = true;
  source.addEventListener("open", () => {
    if (!isFirst) changed(new MessageEvent("open"));
    isFirst = false;
  });
  open.set(element, source);
}

function close(element) {
  open.get(element)?.close();
  open.delete(element);
}

function look() {
  for (const element of open.keys()) if (!element.isConnected) close(element);
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-live]")) listen(element);
}

// A page nobody looks at holds no stream; when it comes back, it catches up first.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    for (const element of [...open.keys()]) close(element);
    return;
  }
  look();
  const waiting = [...open.keys(), ...document.querySelectorAll("[data-rests]:not([data-live])")];
  for (const element of waiting) element.dispatchEvent(new CustomEvent("live"));
});
// What is fetched every few seconds, <div data-rests hx-trigger="live, every 15s">, rests meanwhile.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-rests]")) event.preventDefault();
});
addEventListener("pagehide", () => [...open.keys()].forEach(close));
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();
