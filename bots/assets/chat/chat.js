// The chat in the page: sends what is written, shows what is said, and never loses a message.
import { Outbox, newId } from "./outbox.js";
import { Unread } from "./unread.js";
import { Wire } from "./wire.js";
import { Tray } from "./tray.js";
import { View } from "./view.js";

const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const FALLBACK_MS = 5000;
const READ_MS = 600;
const TYPING_MS = 9000;
// How often a page that holds no stream asks what came.
const AWAY_MS = { people: 15000, bot: 120000 };

class Chat {
  constructor(root) {
    this.view = new View(root, this);
    this.wire = new Wire(root.dataset.token, root.dataset.whose);
    this.tray = new Tray(root, this);
    this.outbox = new Outbox();
    this.unread = new Unread(root.querySelector("[data-chat-close]"), () => this.look());
    if (this.wire.isLeft) this.outbox.clear();
    this.asked = root.dataset.asked;
    this.last = 0;
    this.told = 0;
    this.tries = 0;
    this.isSending = false;
  }

  async begin() {
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.view.stuck(this.outbox.items, this.view.words.offline));
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("pagehide", () => this.wire.hush());
    for (const item of this.outbox.items) this.view.waiting(item);
    if (this.wire.token) await this.resume();
    if (this.asked) this.ask();
    else this.flush();
  }

  // Somebody comes from an order's page to ask about it: once, not again on a reload.
  ask() {
    history.replaceState(null, "", location.pathname);
    this.view.text.value = "";
    this.send({ id: newId(), text: this.asked });
  }

  // A page that comes back, or comes to the front, catches up first and then listens.
  async resume() {
    try {
      const language = document.documentElement.lang;
      const state = this.wire.hasSwitched(language) ? await this.wire.open(language) : await this.wire.read(0);
      this.view.clear();
      this.unread.begin(state.messages);
      for (const item of this.outbox.items) this.view.waiting(item);
      this.take(state);
    } catch (error) {
      if (error.status === 401) this.forget();
      else this.later(() => this.resume());
    }
  }

  send(item) {
    this.unread.talked();
    this.outbox.add(item);
    this.view.waiting(item);
    this.view.choices([]);
    this.flush();
  }

  // A conversation to write in, begun where there is none.
  async opened() {
    if (!this.wire.token) {
      this.opening ??= this.wire.open(document.documentElement.lang).finally(() => { this.opening = null; });
      this.take(await this.opening);
    }
  }

  async flush() {
    if (this.isSending) return;
    this.isSending = true;
    try {
      while (this.outbox.items.length) {
        const item = this.outbox.items[0];
        this.view.typing(this.view.owner !== "people");
        await this.opened();
        const state = await this.wire.send(item);
        this.outbox.remove(item.id);
        this.tries = 0;
        this.view.notice("");
        this.take(state);
      }
    } catch (error) {
      this.trouble(error);
    } finally {
      this.isSending = false;
      this.view.typing(false);
    }
  }

  // Whoever sits down here next finds nothing of this conversation.
  async end(leave) {
    try {
      if (this.wire.token) await this.wire.end();
    } catch (error) {
      if (error.status !== 401) return this.view.notice(this.view.words.offline);
    }
    this.forget();
    this.outbox.clear();
    leave();
  }

  forget() {
    this.wire.forget();
    this.unread.ended();
  }

  trouble(error) {
    const [item] = this.outbox.items;
    if (error.status === 401) {
      this.forget();
      this.later(() => this.flush());
    } else if (error.status >= 400 && error.status < 500 && error.status !== 429) {
      this.outbox.remove(item.id);
      this.view.refused(item, error.words || this.view.words.refused);
    } else {
      const words = this.view.words;
      this.view.stuck(this.outbox.items, error.status === 429 ? words.too_many : words.waiting);
      this.later(() => this.flush(), error.wait_s);
    }
  }

  later(again, wait_s) {
    clearTimeout(this.timer);
    const wait = wait_s ? wait_s * 1000 : RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(again, wait);
  }

  take(state) {
    for (const message of state.messages) {
      if (message.id) this.outbox.remove(message.id);
      this.view.show(message);
      this.last = Math.max(this.last, message.seq);
    }
    if (state.messages.some((message) => message.from === "agent")) this.types(false);
    this.unread.count(state.messages);
    this.view.owner = state.owner;
    if (state.stream) this.wire.stream = state.stream;
    this.listen();
    clearTimeout(this.reading);
    this.reading = setTimeout(() => this.read(), READ_MS);
  }

  async read() {
    if (this.unread.isAway || this.told >= this.last) return;
    this.told = this.last;
    try {
      await this.wire.seen(this.last);
    } catch {
      this.told = 0;
    }
  }

  // A colleague types, until they send it or a while has passed.
  types(isOn = true) {
    clearTimeout(this.typist);
    if (!this.isSending) this.view.typing(isOn);
    if (isOn) this.typist = setTimeout(() => this.types(false), TYPING_MS);
  }

  // No stream is held for a page nobody sees, nor for a shut frame that waits for no person.
  get isQuiet() {
    return document.hidden || (this.unread.isAway && this.view.owner !== "people");
  }

  listen() {
    if (this.isQuiet) return;
    this.wire.listen(this.last, {
      news: (state) => this.take(state),
      typing: () => this.types(),
      ended: () => this.again(),
    });
  }

  // Streams end by design: ask for what came meanwhile, which also brings the next ticket.
  async again() {
    clearTimeout(this.glance);
    if (!this.wire.token) return;
    if (this.isQuiet) this.glance = setTimeout(() => this.again(), AWAY_MS[this.view.owner] ?? AWAY_MS.bot);
    try {
      this.take(await this.wire.read(this.last));
    } catch (error) {
      if (error.status === 401) return this.forget();
      clearTimeout(this.fallback);
      this.fallback = setTimeout(() => this.again(), FALLBACK_MS);
    }
  }

  look() {
    if (this.isQuiet) this.wire.hush();
    if (!this.unread.isAway) this.unread.seen(this.last);
    this.again();
  }

  async save() {
    try {
      this.view.download(await this.wire.transcript());
    } catch {
      this.view.notice(this.view.words.not_saved);
    }
  }
}

for (const root of document.querySelectorAll("[data-chat]")) new Chat(root).begin();
