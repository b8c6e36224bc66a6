// Files that wait beside the words: chosen, dropped or pasted, and sent ahead one by one.
import { sendAhead } from "../../js/send_ahead.js";

export class Tray {
  constructor(root, chat) {
    this.root = root;
    this.chat = chat;
    this.list = root.querySelector("[data-chat-tray]");
    this.most = Number(root.dataset.mostFiles);
    this.bytes = Number(root.dataset.mostBytes);
    this.under = 0;
    const input = root.querySelector("[data-chat-file]");
    input.addEventListener("change", () => {
      this.take([...input.files]);
      input.value = "";
    });
    for (const kind of ["dragover", "drop"]) root.addEventListener(kind, (event) => event.preventDefault());
    root.addEventListener("drop", (event) => this.take([...event.dataTransfer.files]));
    root.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) event.preventDefault();
      this.take(files);
    });
  }

  get isBusy() {
    return this.under > 0;
  }

  get files() {
    return [...this.list.children].map((item) => item.dataset.file).filter(Boolean);
  }

  // What is sent is not here any more.
  empty() {
    const names = [...this.list.children].map((item) => item.querySelector(".chat-file-name").textContent);
    this.list.replaceChildren();
    return names;
  }

  take(files) {
    const words = this.chat.view.words;
    for (const file of files) {
      if (this.list.children.length >= this.most) return this.chat.view.notice(words.too_many_files);
      if (file.size > this.bytes) this.chat.view.notice(words.file_too_large);
      else this.send(file);
    }
  }

  async send(file) {
    const words = this.chat.view.words;
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "chat-file-name";
    name.textContent = file.name || "photo";
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${words.sending} ${name.textContent}`);
    item.append(name, bar);
    this.list.append(item);
    this.under += 1;
    try {
      await this.chat.opened();
      const headers = { Authorization: `Bearer ${this.chat.wire.token}` };
      const sent = await sendAhead(`/chat/files?lang=${document.documentElement.lang}`, file, { headers, progress: (part) => { bar.value = part; } });
      this.ready(item, sent);
    } catch (error) {
      item.remove();
      this.chat.view.notice(error.words ?? words.file_failed);
    } finally {
      this.under -= 1;
    }
  }

  ready(item, sent) {
    item.dataset.file = sent.id;
    const name = document.createElement("span");
    name.className = "chat-file-name";
    name.textContent = sent.name;
    const parts = [name];
    if (sent.preview_url) {
      const picture = document.createElement("img");
      picture.src = sent.preview_url;
      picture.alt = "";
      parts.unshift(picture);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = this.chat.view.words.remove;
    button.setAttribute("aria-label", `${this.chat.view.words.remove}: ${sent.name}`);
    button.addEventListener("click", () => {
      this.chat.wire.ask("POST", `/chat/files/${sent.id}/remove`).catch(() => {});
      item.remove();
      this.chat.view.text.focus();
    });
    item.replaceChildren(...parts, button);
  }
}
