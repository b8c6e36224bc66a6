// Talking to the server: the token, requests, and the stream.
import { keep, recall } from "./outbox.js";

const TOKEN = "oms-chat-token";
const LANGUAGE = "oms-chat-language";
const WHOSE = "oms-chat-whose";
const PATIENCE_MS = 20000;

export class Wire {
  constructor(given, whose = "") {
    // A chat of somebody who was signed in here is not for whoever looks now.
    const before = recall(WHOSE);
    this.isLeft = Boolean(before) && before !== whose;
    if (this.isLeft) keep(TOKEN, null);
    keep(WHOSE, whose || null);
    this.token = recall(TOKEN) || given || null;
    if (this.token) keep(TOKEN, this.token);
    this.stream = null;
  }

  forget() {
    this.hush();
    // Another page of this browser may hold a newer one already.
    const kept = recall(TOKEN);
    this.token = kept === this.token ? null : kept;
    if (!this.token) keep(TOKEN, null);
  }

  // Whether the page was switched to another language since it was last here.
  hasSwitched(language) {
    const before = recall(LANGUAGE);
    keep(LANGUAGE, language);
    return before !== null && before !== language;
  }

  async open(language) {
    keep(LANGUAGE, language);
    return this.ask("POST", "/chat/session", { language });
  }

  read(after) {
    return this.ask("GET", `/chat/messages?after=${after}`);
  }

  send({ id, text, choice, files = [] }) {
    return this.ask("POST", "/chat/messages", choice ? { id, choice } : { id, text, files });
  }

  end() {
    return this.ask("DELETE", "/chat/session");
  }

  seen(seq) {
    return this.ask("POST", "/chat/read", { seq, is_read: true });
  }

  async ask(method, path, body) {
    const headers = { Accept: "application/json" };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const separator = path.includes("?") ? "&" : "?";
    const response = await fetch(`${path}${separator}lang=${document.documentElement.lang}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout?.(PATIENCE_MS),
    });
    const token = response.headers.get("X-Chat-Token");
    if (token) {
      this.token = token;
      keep(TOKEN, token);
    }
    if (response.ok) return response.status === 204 ? null : response.json();
    const problem = await response.json().catch(() => ({}));
    const wait_s = Number(response.headers.get("Retry-After")) || undefined;
    throw Object.assign(new Error("refused"), { status: response.status, words: problem.words, wait_s });
  }

  // The whole conversation as a file.
  async transcript() {
    const response = await fetch("/chat/transcript", { headers: { Authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw Object.assign(new Error("refused"), { status: response.status });
    return response.blob();
  }

  listen(after, { news, typing, ended }) {
    if (this.source || !this.stream) return;
    const source = new EventSource(`${this.stream}&after=${after}`);
    this.source = source;
    const close = () => {
      if (this.source !== source) return;
      this.hush();
      ended();
    };
    source.addEventListener("news", (event) => news(JSON.parse(event.data)));
    source.addEventListener("typing", typing);
    source.addEventListener("bye", close);
    // After a failure take a breath: whoever cannot be reached is not asked in a circle.
    source.addEventListener("error", () => {
      source.close();
      setTimeout(close, 2000);
    });
  }

  hush() {
    this.source?.close();
    this.source = null;
  }
}
