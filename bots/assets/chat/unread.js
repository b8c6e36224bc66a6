// What came while nobody looked: counted for the title of the page, or for the button that opens
// the frame. How far somebody has looked outlives a reload.
import { keep, recall } from "./outbox.js";

const SEEN = "oms-chat-seen";

export class Unread {
  constructor(close, changed) {
    this.isFramed = Boolean(close);
    this.isShut = this.isFramed && location.hash === "#shut";
    this.last = 0;
    this.came = new Set();
    this.title = document.title;
    if (!this.isFramed) return;
    addEventListener("message", (event) => {
      if (event.source !== parent || !["order-desk:focus", "order-desk:shut"].includes(event.data)) return;
      this.isShut = event.data === "order-desk:shut";
      changed();
    });
  }

  get isAway() {
    return document.hidden || this.isShut;
  }

  // A page that begins anew has seen nothing itself: what was seen before is remembered.
  begin(messages) {
    const seen = Number(recall(SEEN)) || 0;
    const newest = Math.max(0, ...messages.map((message) => message.seq));
    this.last = seen <= newest ? seen : 0;
    if (!recall(SEEN)) this.last = newest;
    this.came.clear();
  }

  count(messages) {
    for (const { from, seq } of messages) {
      if (from === "customer") this.last = Math.max(this.last, seq);
      else if (seq > this.last) this.came.add(seq);
    }
    if (this.isAway) this.show();
    else this.seen(Math.max(this.last, 0, ...this.came));
  }

  seen(seq) {
    this.last = Math.max(this.last, seq);
    this.came.clear();
    keep(SEEN, String(this.last));
    this.show();
  }

  show() {
    for (const seq of this.came) if (seq <= this.last) this.came.delete(seq);
    const count = this.came.size;
    document.title = count ? `(${count}) ${this.title}` : this.title;
    this.tell(`order-desk:unread:${count}`);
  }

  // The other page remembers that there is a conversation to look after.
  talked() {
    this.tell("order-desk:talked");
  }

  ended() {
    keep(SEEN, null);
    this.last = 0;
    this.came.clear();
    this.tell("order-desk:ended");
  }

  tell(words) {
    if (this.isFramed) parent.postMessage(words, "*");
  }
}
