// The chat in the page: sends what is written, shows what is said, and never loses a message.
import { Outbox, newId } from "./outbox.js";
import { Wire } from "./wire.js";
import { Tray } from "./tray.js";
import { View } from "./view.js";

const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const FALLBACK_MS = 5000;
const READ_MS = 600;

class Chat {
  constructor(root) {
    this.view = new View(root, this);
    this.wire = new Wire(root.dataset.token, root.dataset.whose);
    this.tray = new Tray(root, this);
    this.outbox = new Outbox();
    if (this.wire.isLeft) this.outbox.clear();
    this.asked = root.dataset.asked;
    this.last = 0;
    this.told = 0;
    this.tries = 0;
    this.isSending = false;
  }

  async begin() {
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.view.notice(this.view.words.offline));
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
      for (const item of this.outbox.items) this.view.waiting(item);
      this.take(state);
    } catch (error) {
      if (error.status === 401) this.wire.forget();
      else this.later(() => this.resume());
    }
  }

  send(item) {
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
    this.wire.forget();
    this.outbox.clear();
    leave();
  }

  trouble(error) {
    const item = this.outbox.items[0];
    if (error.status === 401) {
      this.wire.forget();
      this.later(() => this.flush());
    } else if (error.status >= 400 && error.status < 500 && error.status !== 429) {
      this.outbox.remove(item.id);
      this.view.refused(item, error.words || this.view.words.refused);
    } else {
      const words = this.view.words;
      this.view.stuck(item, error.status === 429 ? words.too_many : words.waiting);
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
    this.view.owner = state.owner;
    if (state.stream) this.wire.stream = state.stream;
    this.listen();
    clearTimeout(this.reading);
    this.reading = setTimeout(() => this.read(), READ_MS);
  }

  async read() {
    if (document.hidden || this.told >= this.last) return;
    this.told = this.last;
    try {
      await this.wire.seen(this.last);
    } catch {
      this.told = 0;
    }
  }

  listen() {
    if (document.hidden) return;
    this.wire.listen(this.last, {
      news: (state) => this.take(state),
      ended: () => this.again(),
    });
  }

  // Streams end by design: ask for what came meanwhile, which also brings the next ticket.
  async again() {
    if (document.hidden || !this.wire.token) return;
    try {
      this.take(await this.wire.read(this.last));
    } catch (error) {
      if (error.status === 401) return this.wire.forget();
      clearTimeout(this.fallback);
      this.fallback = setTimeout(() => this.again(), FALLBACK_MS);
    }
  }

  look() {
    if (document.hidden) this.wire.hush();
    else this.again();
  }
}

for (const root of document.querySelectorAll("[data-chat]")) new Chat(root).begin();
