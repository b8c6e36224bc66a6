// One script tag on any page: a button at the corner that opens the chat in a frame.
//   <script src="https://desk.example/embed.js" defer data-language="ja"></script>
// On the shop's own pages a link stands there, for browsers without script; the button takes its
// place and looks as the page's style says.
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const asked = script.dataset.language || document.documentElement.lang || navigator.language;
  const language = asked.toLowerCase().startsWith("ja") ? "ja" : "en";
  const words = {
    ja: { open: "ご注文についてのご相談", close: "チャットを閉じる", unread: (count) => `未読${count}件` },
    en: { open: "Help with your order", close: "Close the chat", unread: (count) => `${count} unread` },
  }[language];
  const TALKED = "order-desk-chat";

  const link = document.querySelector("a[data-chat-widget]");
  const button = document.createElement("button");
  button.type = "button";
  button.lang = language;
  button.setAttribute("aria-expanded", "false");
  const dress = (element, own, style) => (link ? element.classList.add(own) : Object.assign(element.style, style));
  dress(button, "chat-widget", {
    position: "fixed", insetBlockEnd: "16px", insetInlineEnd: "16px", zIndex: "2147483000",
    minHeight: "48px", padding: "0 20px", border: "0", borderRadius: "24px",
    font: "600 16px/1.4 system-ui, sans-serif", color: "#fff", background: "#234b74",
    boxShadow: "0 4px 16px rgb(0 0 0 / 25%)", cursor: "pointer",
  });
  const label = document.createElement("span");
  label.className = "chat-widget-label";
  const badge = document.createElement("span");
  dress(badge, "chat-widget-unread", {
    marginInlineStart: "8px", padding: "0 8px", borderRadius: "12px",
    font: "600 14px/24px system-ui, sans-serif", color: "#a02b22", background: "#fff",
  });
  const sign = link?.querySelector("svg");
  button.append(...(sign ? [sign.cloneNode(true)] : []), label, badge);
  const short = link?.querySelector("[data-chat-widget-label]")?.textContent;

  let frame = null;
  let unread = 0;
  const isOpen = () => Boolean(frame) && !frame.hidden;
  // Said twice, as the style of another site may show what is hidden.
  const appear = (element, isShown, display) => {
    element.hidden = !isShown;
    element.style.display = isShown ? display : "none";
  };

  function say() {
    const isTold = unread > 0 && !isOpen();
    label.textContent = isOpen() ? words.close : short ?? words.open;
    badge.textContent = isTold ? words.unread(unread) : "";
    appear(badge, isTold, "inline-block");
    button.setAttribute("aria-expanded", String(isOpen()));
    // The page's own title, with the number before it while something waits.
    const title = document.title.replace(/^\(\d+\) /, "");
    const isAway = unread > 0 && (isTold || document.hidden);
    const wanted = isAway ? `(${unread}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  }

  function make(isShut) {
    frame = document.createElement("iframe");
    frame.title = words.open;
    frame.src = `${home}/chat/frame?lang=${language}${isShut ? "#shut" : ""}`;
    dress(frame, "chat-panel", {
      position: "fixed", insetBlockEnd: "80px", insetInlineEnd: "16px", zIndex: "2147483000",
      width: "min(400px, calc(100vw - 32px))", height: "min(640px, calc(100dvh - 96px))",
      border: "1px solid #d8d0c4", borderRadius: "12px", background: "#fff",
      boxShadow: "0 8px 32px rgb(0 0 0 / 25%)",
    });
    appear(frame, !isShut, "block");
    frame.addEventListener("load", () => (isOpen() ? focusFrame() : tell("order-desk:shut")));
    button.before(frame);
  }

  function tell(what) {
    frame.contentWindow.postMessage(what, home);
  }

  function show() {
    if (!frame) make(false);
    appear(frame, true, "block");
    say();
    focusFrame();
  }

  function focusFrame() {
    if (!isOpen()) return;
    frame.focus();
    tell("order-desk:focus");
  }

  function hide() {
    if (!isOpen()) return;
    appear(frame, false);
    tell("order-desk:shut");
    say();
    button.focus();
  }

  function heard(what) {
    if (what === "order-desk:close") hide();
    if (what === "order-desk:talked") remember("1");
    if (what === "order-desk:ended") remember(null);
    const [, count] = /^order-desk:unread:(\d{1,4})$/.exec(what) ?? [];
    if (count === undefined) return;
    unread = Number(count);
    say();
  }

  // Whoever has talked here before is told of an answer on the next page, too.
  function remember(value) {
    try {
      if (value) localStorage.setItem(TALKED, value);
      else localStorage.removeItem(TALKED);
    } catch {
      // Without storage the chat waits for its button.
    }
  }

  function hasTalked() {
    try {
      return localStorage.getItem(TALKED) !== null;
    } catch {
      return false;
    }
  }

  button.addEventListener("click", () => (isOpen() ? hide() : show()));
  addEventListener("message", (event) => {
    const isOurs = frame && event.source === frame.contentWindow && event.origin === home;
    if (isOurs) heard(String(event.data));
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("visibilitychange", say);
  function add() {
    if (link) link.replaceWith(button);
    else document.body.append(button);
    say();
    if (hasTalked()) make(true);
  }
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add);
})();
