// Fields for files: each goes ahead as soon as it is chosen, dropped or pasted, and the form
// carries its id. Without this script the form itself carries the files.
import { sendAhead } from "./send_ahead.js";

const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};

class Field {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.list = root.querySelector("[data-files-list]");
    this.trouble = root.querySelector("[data-files-trouble]");
    this.words = JSON.parse(root.dataset.words);
    this.under = 0;
    for (const input of root.querySelectorAll("[data-files-input]")) {
      input.addEventListener("change", () => {
        this.take([...input.files]);
        input.value = "";
      });
    }
    for (const kind of ["dragover", "drop"]) root.addEventListener(kind, (event) => event.preventDefault());
    root.addEventListener("drop", (event) => this.take([...event.dataTransfer.files]));
    this.form.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) event.preventDefault();
      this.take(files);
    });
    // What is still on its way would be missing from the form.
    this.form.addEventListener("submit", (event) => this.under && event.preventDefault());
    for (const item of this.list.children) this.removable(item, item.dataset.file);
  }

  get proof() {
    return { "X-CSRF-Token": this.form.elements.csrf_token?.value ?? "" };
  }

  say(words) {
    this.trouble.textContent = words ?? "";
    this.trouble.hidden = !words;
  }

  take(files) {
    this.say("");
    for (const file of files) {
      if (this.list.children.length >= Number(this.root.dataset.most)) return this.say(this.words.too_many);
      if (file.size > Number(this.root.dataset.bytes)) this.say(this.words.too_large);
      else this.send(file);
    }
  }

  async send(file) {
    const item = make("li", "file-waits");
    const bar = make("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${this.words.sending} ${file.name}`);
    item.append(make("span", "file-name", file.name), bar);
    this.list.append(item);
    this.under += 1;
    try {
      const sent = await sendAhead(this.root.dataset.url, file, { headers: this.proof, progress: (part) => { bar.value = part; } });
      this.waits(item, sent);
    } catch (error) {
      item.remove();
      this.say(error.words ?? this.words.failed);
    } finally {
      this.under -= 1;
    }
  }

  waits(item, sent) {
    const id = make("input");
    id.type = "hidden";
    id.name = "file";
    id.value = sent.id;
    const parts = [id];
    if (sent.preview_url) {
      const picture = make("img");
      picture.src = sent.preview_url;
      picture.alt = "";
      picture.width = picture.height = 64;
      parts.push(picture);
    }
    parts.push(make("span", "file-name", sent.name), make("span", "visually-hidden", this.words.done));
    item.replaceChildren(...parts);
    this.removable(item, sent.id);
  }

  removable(item, id) {
    const button = make("button", "button button-quiet", this.words.remove);
    button.type = "button";
    button.setAttribute("aria-label", `${this.words.remove}: ${item.querySelector(".file-name").textContent}`);
    button.addEventListener("click", () => {
      fetch(`${this.root.dataset.url}/${id}/remove`, { method: "POST", headers: this.proof }).catch(() => {});
      item.remove();
      this.root.querySelector("[data-files-input]").focus();
    });
    item.append(button);
  }
}

// Fields that a later piece of the page brings are taken up as they come.
const taken = new WeakSet();
function takeUp() {
  for (const root of document.querySelectorAll("[data-files]")) {
    if (!taken.has(root)) new Field(root);
    taken.add(root);
  }
}
takeUp();
document.addEventListener("htmx:after:swap", takeUp);
