import { toast } from "./toasts.js";

// Dialogs open by the browser's own command buttons; this stands in where it has none yet.
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}

// A form is sent once, however often its button is pressed; the second press hears why nothing moves.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // What fills a frame of the same page is no sending: the page stays.
  if (event.defaultPrevented || form.method === "dialog" || event.submitter?.formTarget) return;
  if (form.dataset.sent) {
    event.preventDefault();
    if (form.dataset.sent === "yes") toast(document.body.dataset.sending);
    form.dataset.sent = "told";
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
