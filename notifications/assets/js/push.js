// Rings in this browser: on or off by a press, and what stands in the way said in words.
const root = document.querySelector("[data-push]");
const { key, worker, scope, onUrl, offUrl, hereUrl } = root.dataset;
const words = JSON.parse(root.dataset.words);
const state = root.querySelector("[data-push-state]");
const on = root.querySelector("[data-push-on]");
const off = root.querySelector("[data-push-off]");

const canRing = () =>
  window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function show(text, { mayStart = false, rings = false } = {}) {
  state.textContent = text;
  on.hidden = !mayStart;
  off.hidden = !rings;
}

async function post(url, fields) {
  const body = new URLSearchParams({ ...fields, csrf_token: root.querySelector("[name=csrf_token]").value });
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(answer.status), { words: found.said });
  return found;
}

async function subscription() {
  const found = await navigator.serviceWorker.getRegistration(scope);
  return found ? found.pushManager.getSubscription() : null;
}

function isOurs(one) {
  const raw = one.options.applicationServerKey;
  if (!raw) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(raw)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === key;
}

function mark(id) {
  for (const one of root.querySelectorAll("[data-push-this]")) one.hidden = one.dataset.pushThis !== String(id);
}

async function look() {
  if (!canRing()) return show(words.unsupported);
  let mine = await subscription();
  if (mine && !isOurs(mine)) {
    await mine.unsubscribe();
    mine = null;
  }
  const { id } = mine ? await post(hereUrl, { endpoint: mine.endpoint }) : { id: null };
  // Removed elsewhere, or another customer's: what nobody rings is not kept.
  if (mine && !id) await mine.unsubscribe();
  mark(id);
  if (Notification.permission === "denied") return show(words.refused);
  return id ? show(words.on, { rings: true }) : show(words.off, { mayStart: true });
}

async function start() {
  const answer = await Notification.requestPermission();
  if (answer === "denied") return show(words.refused);
  if (answer !== "granted") return show(words.unanswered, { mayStart: true });
  await navigator.serviceWorker.register(worker, { scope, updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const mine = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = mine.toJSON();
  try {
    await post(onUrl, { endpoint, p256dh: keys.p256dh, auth: keys.auth, key });
  } catch (error) {
    await mine.unsubscribe();
    throw error;
  }
  return location.reload();
}

async function stop() {
  const mine = await subscription();
  if (mine) {
    await post(offUrl, { endpoint: mine.endpoint });
    await mine.unsubscribe();
  }
  return location.reload();
}

// One press at a time; what fails is said, and may be tried again.
function pressed(button, act) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      show(error.words ?? words.failed, { mayStart: button === on, rings: button === off });
    } finally {
      button.disabled = false;
    }
  });
}

pressed(on, start);
pressed(off, stop);
look().catch(() => show(words.failed, { mayStart: canRing() }));
