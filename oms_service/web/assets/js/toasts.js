// Short notices. Good news leaves by itself unless somebody is reading it; bad news stays.
const STAY_MS = 8000;
const box = document.getElementById("toasts");

export function toast(text, tone = "accent") {
  const template = document.getElementById(`toast-${tone}`) ?? document.getElementById("toast-accent");
  const note = template.content.cloneNode(true).firstElementChild;
  note.querySelector("[data-toast-text]").textContent = text;
  box.append(note);
}

function settle(note) {
  if (note.dataset.settled) return;
  note.dataset.settled = "yes";
  if ("stays" in note.dataset) return;
  const leave = () => {
    if (note.matches(":hover, :focus-within")) setTimeout(leave, STAY_MS);
    else note.remove();
  };
  setTimeout(leave, STAY_MS);
}

if (box) {
  const settleAll = () => box.querySelectorAll(".toast").forEach(settle);
  new MutationObserver(settleAll).observe(box, { childList: true });
  settleAll();
  document.addEventListener("click", (event) => {
    event.target.closest("[data-toast-close]")?.closest(".toast")?.remove();
  });
}
