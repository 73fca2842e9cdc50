/* A queue that runs: what happens comes from the kernel, and the queue's own consumers can be held.
 *
 * Shown is what happens now. Whoever goes back, or plays, sees what was, while the queue goes on. */

import { button, element, rename } from "./controls.js";
import { FaultControls } from "./faults.js";
import { collectorsAt } from "./frame.js";
import { QuestionForm } from "./question.js";
import { readTrace, more } from "./reading.js";
import { Stage } from "./stage.js";

const SILENT = 3; // seconds
const LINE = 300; // ms in which the line of the time bar follows
const SHOWN = 6000; // ms after which a score is told, though the picture may not have come to it
const GONE = ["dead", "restarting", "autorestarting", "terminating"];
const silence = (seconds) =>
  `nothing was heard from the kernel for ${seconds} s: it computes, or is gone; this was until then`;

export class Live {
  constructor(model, el, options) {
    this.model = model;
    this.el = el;
    el.replaceChildren(element("p", { role: "status" }, "Waiting for the kernel: the picture comes when it answers."));
    this.faults = new FaultControls((what, more) => this.send(what, more));
    this.question = new QuestionForm((what, more) => {
      if (what === "send") this.follow();
      this.send(what, more);
    });
    this.scored = null; // of which question the score is there, and since when
    this.options = options;
    this.stage = null;
    this.seen = false;
    this.lost = false; // whether what is sent can reach nobody any more
    this.state = {};
    this.view = Math.random().toString(36).slice(2);
    this.heard = (message) => this.hear(message);
    model.on("msg:custom", this.heard);
    this.sight = new IntersectionObserver(([{ isIntersecting }]) => this.look(isIntersecting));
    this.sight.observe(el);
    this.leave = () => this.send("left");
    addEventListener("pagehide", this.leave);
    this.heardAt = performance.now();
    this.watch = setInterval(() => this.alive(), 1000);
    this.send("all");
  }

  /** Tell the kernel, unless it is known to be gone: to send to that one is an error. */
  send(what, more = {}) {
    if (this.lost || GONE.includes(this.model.widget_manager?.kernel?.status)) return;
    try {
      this.model.send({ do: what, view: this.view, ...more });
    } catch {
      this.lost = true; // its comm is closed
    }
  }

  look(seen) {
    if (seen === this.seen) return;
    this.seen = seen;
    this.heardAt = performance.now();
    this.send("seen", { seen });
  }

  hear(message) {
    this.heardAt = performance.now();
    if (message.kind === "all" && (message.view === this.view || message.view === null)) this.begin(message);
    else if (message.kind === "more" && this.stage) this.go(message);
  }

  /** Everything anew: at first, and when the workbench was made again. */
  begin({ trace, state, other }) {
    const at = this.stage?.player;
    const live = !at || at.live || other; // where one was in the one before is nowhere in this one
    this.stage?.remove();
    clearTimeout(this.due);
    this.due = null;
    this.el.replaceChildren(element("div"));
    const chosen = at ? { speed: at.speed, pace: at.pace } : {};
    this.stage = new Stage(this.el.firstChild, readTrace(trace), { ...this.options, ...chosen });
    this.bench = this.controls();
    this.stage.head.append(this.faults.element, this.bench);
    this.stage.said.before(this.question.element);
    const { player } = this.stage;
    if (live) {
      player.go(player.last);
      player.live = true;
    }
    this.take(state);
  }

  go({ more: said, state }) {
    const { trace, bar } = this.stage;
    more(trace, said);
    this.due ??= setTimeout(() => ((this.due = null), bar.lay()), LINE);
    this.take(state);
  }

  take(state) {
    this.state = state;
    const { paused, closed, note, faults } = state;
    rename(this.hold, ...(paused ? ["▶", "Resume the queue"] : ["❚❚", "Pause the queue"]));
    this.one.disabled = !paused || closed;
    this.hold.disabled = closed;
    const { player, trace } = this.stage;
    this.faults.show(collectorsAt(trace, player.last).map(({ key }) => key), faults);
    this.stage.faulty = new Set(faults.map(([key]) => key));
    this.ask();
    this.say(note || "");
    this.stage.changed();
  }

  /** Show the question that was asked. Its score comes when the picture has come to it. */
  ask() {
    clearTimeout(this.later);
    const { question } = this.state;
    if (!question?.lines.length) this.scored = null;
    else if (this.scored?.id !== question.id) this.scored = { id: question.id, at: performance.now() };
    const late = this.scored && performance.now() - this.scored.at > SHOWN;
    const told = this.scored !== null && (late || this.isSeen(question.event));
    this.question.show(question, told, this.state.went);
    this.stage.asked = this.question.waits ? question : null;
    this.stage.ticked = this.question.ticked;
    this.stage.changed();
    if (this.scored && !told) this.later = setTimeout(() => this.ask(), 150);
  }

  /** Whether an event is seen to be done. */
  isSeen(id) {
    const { trace, told } = this.stage;
    const at = trace.events.findLastIndex((each) => each?.id === id);
    return at >= 0 && trace.when.finished[at] < told;
  }

  say(text) {
    this.told.textContent = text;
    this.told.hidden = !text;
  }

  controls() {
    const ask = (what) => () => this.send(what);
    this.hold = button("❚❚", "Pause the queue", () => this.send(this.state.paused ? "resume" : "pause"));
    this.one = button("▸", "Let one be taken", ask("step"));
    this.now = button("●", "Now", () => this.follow(), "show what happens now");
    this.told = element("span", { class: "ec-told", role: "status", hidden: true });
    return element("div", { class: "ec-held" }, this.hold, this.one, this.now, this.told);
  }

  /** Show what happens now, from now on. */
  follow() {
    const { player } = this.stage;
    player.go(player.last);
    player.live = true;
    this.stage.changed();
  }

  /** Ask whether the kernel is there, and say so when it is silent; what is known is still played. A
   * notebook's page may show a kernel that is gone as idle for long, so that only silence tells. */
  alive() {
    if (!this.stage || !this.seen) return;
    const silent = Math.round((performance.now() - this.heardAt) / 1000);
    const status = this.model.widget_manager?.kernel?.status;
    this.gone = this.lost || GONE.includes(status);
    const still = this.gone || silent >= SILENT;
    if (still) for (const each of [this.hold, this.one]) each.disabled = true;
    this.el.classList.toggle("ec-silent", still);
    if (still)
      this.say(this.gone ? "the kernel is gone: this is what happened until then" : silence(silent));
    else if (this.told.dataset.silent) this.take(this.state);
    this.told.dataset.silent = still ? "yes" : "";
    this.send("here");
  }

  remove() {
    clearInterval(this.watch);
    clearTimeout(this.later);
    clearTimeout(this.due);
    removeEventListener("pagehide", this.leave);
    this.sight.disconnect();
    this.model.off("msg:custom", this.heard);
    this.send("left");
    this.stage?.remove();
  }
}
