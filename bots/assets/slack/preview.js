// The preview of Slack: a window stands before the page, a choice is told at once, Enter sends.
const dialog = document.querySelector("[data-slack-window]");
if (dialog) {
  dialog.close();
  dialog.showModal();
  // Whoever opened it wants to fill it in.
  dialog.querySelector("[autofocus], .slack-window-body :is(textarea, input:not([type=hidden]), select)")?.focus();
  // Escape closes it in Slack too: the app may be told.
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    dialog.querySelector("[data-slack-close]").click();
  });
}

function toEnd() {
  // A card that nobody has answered yet is read from its top.
  for (const list of document.querySelectorAll("[data-slack-end]")) {
    if (list.children.length > 1) list.scrollTop = list.scrollHeight;
  }
}
toEnd();
document.querySelector(".slack-link[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.documentElement.classList.add("slack-lively");
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-slack-sends]")) field.form.requestSubmit();
  const teller = field.closest("[data-slack-chooser]")?.querySelector("button[name=press]")
    ?? field.closest(".field, .choices")?.querySelector("[data-slack-dispatch]");
  if (teller) field.form.requestSubmit(teller);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-slack-composer]");
  if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea")) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button[name=deed]"));
});
