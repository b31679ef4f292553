// Questions to the kernel.

import { lifeOf } from "./life.js";

/**
 * Questions to the kernel: `ask({...})` sends one at a time, and of those that come meanwhile only the newest.
 * `onanswer(answer, buffers, question)` hears the answers, `onerror(words, question)` what went wrong, a lost kernel too.
 * Without a kernel nothing answers: show first what the browser knows.
 */
export class Asker {
  constructor(model, onanswer, onerror = words => console.error(words)) {
    Object.assign(this, { model, onanswer, onerror, count: 0, flying: null, next: null, life: lifeOf(model) });
    this.id = Math.random().toString(36).slice(2); // two views of one model share its messages
    this.hear = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.hear);
    this.life.listeners.add(this.lose = words => this.fail(words));
  }

  ask(question) {
    if (this.flying) { this.next = question; return; }
    this.flying = question;
    if (!this.life.send({ ...question, ask: `${this.id} ${++this.count}` })) queueMicrotask(() => this.fail(this.life.words));
  }

  receive(message, buffers) {
    if (message.answer !== `${this.id} ${this.count}` || !this.flying) return;
    const question = this.flying, next = this.next;
    this.flying = this.next = null;
    this.life.heard();
    if (next) this.ask(next);
    if (message.error) this.onerror(message.error, question);
    else this.onanswer(message, buffers, question);
  }

  fail(words) {
    const question = this.flying;
    this.flying = this.next = null;
    if (question) this.onerror(words, question);
  }

  stop() {
    this.model.off("msg:custom", this.hear);
    this.life.listeners.delete(this.lose);
  }
}
