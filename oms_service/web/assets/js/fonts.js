// Where the system draws a character of Japanese like one that does not exist, it has no font
// for it: only then is the shop's own font fetched.
function drawn(character) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = "20px system-ui, sans-serif";
  context.fillText(character, 2, 20);
  return context.getImageData(0, 0, 24, 24).data.join();
}

if (drawn("永") === drawn("語") || drawn("永") === drawn("\u{10FFFE}")) {
  document.documentElement.classList.add("needs-japanese-font");
}
