// What was written and has not arrived yet. It outlives a reload; ids make sending twice harmless.
const KEY = "oms-chat-outbox";

export class Outbox {
  constructor() {
    this.items = load();
  }

  add(item) {
    this.items.push(item);
    this.keep();
  }

  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.keep();
  }

  clear() {
    this.items = [];
    this.keep();
  }

  keep() {
    keep(KEY, this.items.length ? JSON.stringify(this.items) : null);
  }
}

function load() {
  try {
    return JSON.parse(recall(KEY) ?? "[]").filter((item) => typeof item?.id === "string");
  } catch {
    return [];
  }
}

// Storage may be shut in a frame on another site: then the page's own memory has to do.
const memory = new Map();

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    if (value === null) memory.delete(key);
    else memory.set(key, value);
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
