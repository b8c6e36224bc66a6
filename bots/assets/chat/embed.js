// One script tag on any page: a button at the corner that opens the chat in a frame.
//   <script src="https://desk.example/embed.js" defer data-language="ja"></script>
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const asked = script.dataset.language || document.documentElement.lang || navigator.language;
  const language = asked.toLowerCase().startsWith("ja") ? "ja" : "en";
  const words = {
    ja: { open: "ご注文についてのご相談", close: "チャットを閉じる" },
    en: { open: "Help with your order", close: "Close the chat" },
  }[language];

  const button = document.createElement("button");
  button.type = "button";
  button.lang = language;
  button.textContent = words.open;
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, {
    position: "fixed", insetBlockEnd: "16px", insetInlineEnd: "16px", zIndex: "2147483000",
    minHeight: "48px", padding: "0 20px", border: "0", borderRadius: "24px",
    font: "600 16px/1.4 system-ui, sans-serif", color: "#fff", background: "#234b74",
    boxShadow: "0 4px 16px rgb(0 0 0 / 25%)", cursor: "pointer",
  });

  let frame = null;

  function show() {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = words.open;
      frame.src = `${home}/chat/frame?lang=${language}`;
      Object.assign(frame.style, {
        position: "fixed", insetBlockEnd: "80px", insetInlineEnd: "16px", zIndex: "2147483000",
        width: "min(400px, calc(100vw - 32px))", height: "min(640px, calc(100dvh - 96px))",
        border: "1px solid #d8d0c4", borderRadius: "12px", background: "#fff",
        boxShadow: "0 8px 32px rgb(0 0 0 / 25%)",
      });
      frame.addEventListener("load", focusFrame);
      button.before(frame);
    }
    frame.hidden = false;
    frame.style.display = "block";
    button.textContent = words.close;
    button.setAttribute("aria-expanded", "true");
    focusFrame();
  }

  function focusFrame() {
    if (frame.hidden) return;
    frame.focus();
    frame.contentWindow.postMessage("order-desk:focus", home);
  }

  function hide() {
    if (!frame || frame.hidden) return;
    frame.hidden = true;
    frame.style.display = "none";
    button.textContent = words.open;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }

  button.addEventListener("click", () => (frame && !frame.hidden ? hide() : show()));
  addEventListener("message", (event) => {
    const isOurs = frame && event.source === frame.contentWindow && event.origin === home;
    if (isOurs && event.data === "order-desk:close") hide();
  });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  const add = () => document.body.append(button);
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add);
})();
