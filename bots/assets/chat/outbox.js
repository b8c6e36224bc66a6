// What was written and has not arrived yet. It outlives a reload; ids make sending twice harmless.
const KEY = "oms-chat-outbox";

export class Outbox {
  constructor() {
    this.items = load();
  }

  // Another page of this browser keeps there what it could not send: only ours comes and goes.
  add(item) {
    this.items.push(item);
    store([...load().filter((one) => one.id !== item.id), item]);
  }

  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
    store(load().filter((one) => one.id !== id));
  }

  clear() {
    this.items = [];
    store([]);
  }
}

function store(items) {
  keep(KEY, items.length ? JSON.stringify(items) : null);
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
