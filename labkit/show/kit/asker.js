// Questions to the kernel.

/**
 * Questions to the kernel: `ask({...})` sends one at a time, and of those that come meanwhile only the newest.
 * `onanswer(answer, buffers, question)` hears the answers, `onerror(words, question)` what went wrong.
 * Without a kernel nothing answers: show first what the browser knows.
 */
export class Asker {
  constructor(model, onanswer, onerror = words => console.error(words)) {
    Object.assign(this, { model, onanswer, onerror, count: 0, flying: null, next: null });
    this.id = Math.random().toString(36).slice(2); // two views of one model share its messages
    this.hear = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.hear);
  }

  ask(question) {
    if (this.flying) { this.next = question; return; }
    this.flying = question;
    this.model.send({ ...question, ask: `${this.id} ${++this.count}` });
  }

  receive(message, buffers) {
    if (message.answer !== `${this.id} ${this.count}` || !this.flying) return;
    const question = this.flying, next = this.next;
    this.flying = this.next = null;
    if (next) this.ask(next);
    if (message.error) this.onerror(message.error, question);
    else this.onanswer(message, buffers, question);
  }

  stop() { this.model.off("msg:custom", this.hear); }
}
