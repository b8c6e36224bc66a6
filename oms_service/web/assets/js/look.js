// The colour of the shop can be picked as well as typed; what is picked is checked at once.
const typed = document.getElementById("accent");
const picker = document.getElementById("accent-pick");
const piece = document.getElementById("look-check");

function take(colour) {
  typed.value = colour;
  piece.dispatchEvent(new CustomEvent("picked"));
}

function offer() {
  for (const button of piece.querySelectorAll("[data-take-colour]")) button.hidden = false;
}

picker.closest("[hidden]").hidden = false;
picker.addEventListener("change", () => take(picker.value));
typed.addEventListener("input", () => {
  if (/^#[0-9a-f]{6}$/i.test(typed.value)) picker.value = typed.value;
});
piece.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-colour]");
  if (!button) return;
  take(button.dataset.takeColour);
  typed.focus();
});
new MutationObserver(offer).observe(piece, { childList: true, subtree: true });
offer();
