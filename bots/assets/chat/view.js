// What the chat shows. Words of people are only ever set as text.
import { newId } from "./outbox.js";

const GAP_PX = 8;
const LONGEST_LINK = 40;
const WHOLE = /[A-Za-z]{1,5}-\d{3,}(?:-\d+)*|\d{1,5}(?:-\d{1,5}){1,3}|(?:\d{1,2}月)?\d{1,2}日(?:\([日月火水木金土]\))?|\d{1,2}時(?:\d{1,2}分)?|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|\d[\d,]*円/g;
const LINK = /https?:\/\/[^\s<>"、。」)]+/g;

export class View {
  constructor(root, chat) {
    const find = (name) => root.querySelector(`[data-chat-${name}]`);
    this.root = root;
    this.chat = chat;
    this.log = find("log");
    this.form = find("form");
    this.text = this.form.elements.text;
    this.group = find("choices");
    this.status = find("status");
    this.dots = find("typing");
    this.note = find("notice");
    this.ending = find("end");
    this.human = root.querySelector('[data-chat-choice="human"]');
    this.words = JSON.parse(find("words").textContent);
    this.most = Number(root.dataset.most);
    this.bind(find("close"));
    this.log.scrollTop = this.log.scrollHeight;
    // A photo says enough.
    this.text.required = false;
  }

  bind(close) {
    // The script ends its own conversation, then the form that of the page's cookie. In a frame
    // on another site there is no cookie.
    this.ending.addEventListener("submit", (event) => {
      event.preventDefault();
      this.chat.end(() => (close ? location.reload() : this.ending.submit()));
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const pressed = event.submitter?.dataset.chatChoice;
      if (pressed) this.press(pressed, event.submitter.textContent.trim());
      else this.write();
    });
    this.text.addEventListener("keydown", (event) => {
      // While a Japanese word is being converted, Enter belongs to the conversion.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.write();
    });
    this.ending.querySelector("[data-chat-save]").addEventListener("click", (event) => {
      event.preventDefault();
      this.chat.save();
    });
    close?.addEventListener("click", () => this.leave());
    if (close) addEventListener("keydown", (event) => event.key === "Escape" && this.leave());
    if (close) addEventListener("message", (event) => event.data === "order-desk:focus" && this.text.focus());
  }

  download(file) {
    const link = make("a");
    link.href = URL.createObjectURL(file);
    link.download = "chat.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  leave() {
    parent.postMessage("order-desk:close", "*");
  }

  write() {
    const text = this.text.value.trim();
    const files = this.chat.tray.files;
    if (this.chat.tray.isBusy || !(text || files.length)) return;
    if (text.length > this.most) return this.notice(this.words.too_long);
    this.text.value = "";
    this.notice("");
    this.chat.send({ id: newId(), text, files, names: this.chat.tray.empty() });
    this.text.focus();
  }

  press(value, label) {
    const item = { id: newId(), choice: value, text: label };
    // The pressed button goes: the focus must not fall back to the top of the page.
    if (matchMedia("(pointer: coarse)").matches) this.log.focus();
    else this.text.focus();
    this.chat.send(item);
  }

  set owner(owner) {
    this.whose = owner;
    this.status.textContent = owner === "people" ? this.words.people : this.words.automatic;
    this.human.hidden = owner === "people";
  }

  get owner() {
    return this.whose;
  }

  clear() {
    this.log.replaceChildren();
  }

  show(message) {
    this.log.querySelector("[data-greeting]")?.remove();
    if (this.log.querySelector(`[data-seq="${message.seq}"]`)) return;
    this.ending.hidden = false;
    const mine = message.id && this.log.querySelector(`[data-id="${message.id}"]`);
    const shown = this.article(message.from, message.text, new Date(message.at), message.language);
    if (message.files?.length) shown.append(gallery(message.files));
    shown.dataset.seq = message.seq;
    if (mine) mine.replaceWith(shown);
    else this.log.insertBefore(shown, this.log.querySelector(".is-waiting"));
    this.choices(message.from === "customer" ? [] : message.choices);
    this.scrollTo(shown);
  }

  waiting(item) {
    if (this.log.querySelector(`[data-id="${item.id}"]`)) return;
    const shown = this.article("customer", [item.text, ...(item.names ?? [])].filter(Boolean).join("\n"), null);
    shown.dataset.id = item.id;
    shown.classList.add("is-waiting");
    this.log.append(shown);
    this.scrollTo(shown);
  }

  // Each message that waits says so; the first has a button, since they are sent in their order.
  stuck(items, words) {
    this.notice(words);
    for (const { id } of items) {
      const author = this.log.querySelector(`[data-id="${id}"] .chat-author`);
      if (author) author.textContent = `${this.words.customer} · ${this.words.unsent}`;
    }
    this.log.scrollTop = this.log.scrollHeight;
    const shown = items.length && this.log.querySelector(`[data-id="${items[0].id}"]`);
    if (!shown || shown.querySelector(".chat-trouble")) return;
    const again = make("button", "button button-quiet", this.words.retry);
    again.type = "button";
    again.addEventListener("click", () => this.chat.flush());
    const line = make("p", "chat-trouble");
    line.append(again);
    shown.append(line);
  }

  refused(item, words) {
    this.log.querySelector(`[data-id="${item.id}"]`)?.remove();
    this.notice(words);
    if (!item.choice && !this.text.value) this.text.value = item.text;
    this.text.focus();
  }

  choices(list) {
    const buttons = list
      .filter((choice) => choice.value !== "human")
      .map((choice) => {
        const button = make("button", "button");
        const label = make("span");
        label.append(...whole(choice.label));
        button.append(label);
        button.type = "submit";
        button.formNoValidate = true;
        // Not `form.id`: that is the field named "id".
        button.setAttribute("form", this.form.getAttribute("id"));
        button.dataset.chatChoice = choice.value;
        return button;
      });
    this.group.replaceChildren(...buttons);
  }

  typing(isOn) {
    this.dots.hidden = !isOn;
  }

  notice(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  article(from, text, at, language) {
    const article = make("article", `chat-message is-${from}`);
    const author = make("p", "chat-author", this.words[from]);
    if (at) {
      const time = make("time", "", at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
      time.dateTime = at.toISOString();
      author.append(" ", time);
    } else {
      author.append(` ${this.words.sending}`);
    }
    const words = make("div", "chat-words");
    if (language) words.lang = language;
    for (const line of text.split("\n").filter(Boolean)) words.append(linked(line));
    article.append(author, words);
    return article;
  }

  scrollTo(shown) {
    const top = shown.offsetTop - this.log.offsetTop;
    const isTall = shown.offsetHeight > this.log.clientHeight;
    this.log.scrollTop = isTall ? top - GAP_PX : this.log.scrollHeight;
  }
}

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function gallery(files) {
  const list = make("ul", "chat-files plain");
  for (const file of files) {
    const link = make("a", "chat-file");
    link.href = file.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    if (file.preview_url) {
      const picture = make("img");
      picture.src = file.preview_url;
      picture.alt = file.name;
      picture.loading = "lazy";
      link.append(picture);
    } else {
      link.textContent = file.name;
    }
    const item = make("li");
    item.append(link);
    list.append(item);
  }
  return list;
}

function linked(line) {
  const paragraph = make("p");
  let from = 0;
  for (const found of line.matchAll(LINK)) {
    const link = make("a", "", found[0].length > LONGEST_LINK ? new URL(found[0]).host : found[0]);
    link.href = link.title = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    paragraph.append(...whole(line.slice(from, found.index)), link);
    from = found.index + found[0].length;
  }
  paragraph.append(...whole(line.slice(from)));
  return paragraph;
}

// Numbers, days, times and amounts stay on one line each, as `oms_service/web/unbroken.py` has it.
function whole(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(WHOLE)) {
    parts.push(text.slice(from, found.index), make("span", "nowrap", found[0]));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}
