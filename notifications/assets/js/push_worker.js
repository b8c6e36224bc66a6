// Shows what rings for a customer, and opens it when it is pressed. It sees no request of any page.
const plain = () => ({
  title: self.navigator.language.startsWith("ja") ? "ご注文のお知らせ" : "News about your order",
  path: "/account/inbox",
});

function said(event) {
  try {
    const found = event.data.json();
    return typeof found.title === "string" && found.title ? found : plain();
  } catch {
    return plain(); // a browser that shows nothing for a ring takes the permission away
  }
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { title, body, lang, tag, path } = said(event);
  event.waitUntil(self.registration.showNotification(title, { body, lang, tag, data: { path } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const own = new URL("/account/inbox", self.location.origin);
  const wanted = new URL(event.notification.data?.path ?? own, own);
  const url = (wanted.origin === own.origin ? wanted : own).href;
  event.waitUntil(open(url));
});

async function open(url) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === url);
  return there ? there.focus() : self.clients.openWindow(url);
}
