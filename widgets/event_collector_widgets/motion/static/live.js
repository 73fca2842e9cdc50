/* A queue that runs: what happens comes from the kernel, and the queue's own consumers can be held.
 *
 * Shown is what happens now. Whoever goes back, or plays, sees what was, while the queue goes on. */

import { button, element, rename } from "./controls.js";
import { readTrace, more } from "./reading.js";
import { Stage } from "./stage.js";

const SILENT = 3; // seconds
const silence = (seconds) =>
  `nothing was heard from the kernel for ${seconds} s: it computes, or is gone; this was until then`;

export class Live {
  constructor(model, el, options) {
    this.model = model;
    this.el = el;
    this.options = options;
    this.stage = null;
    this.seen = false;
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

  send(what, more = {}) {
    this.model.send({ do: what, view: this.view, ...more });
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
  begin({ trace, state }) {
    const at = this.stage?.player;
    const live = !at || at.live;
    this.stage?.remove();
    this.el.replaceChildren(element("div"));
    this.stage = new Stage(this.el.firstChild, readTrace(trace), this.options);
    this.bench = this.controls();
    this.stage.head.append(this.bench);
    const { player } = this.stage;
    if (live) {
      player.go(player.last);
      player.live = true;
    }
    this.take(state);
  }

  go({ more: said, state }) {
    const { player, trace, bar } = this.stage;
    more(trace, said);
    bar.lay();
    if (player.live) player.since = Math.max(player.since, 1);
    this.take(state);
  }

  take(state) {
    this.state = state;
    const { paused, closed, behind, note } = state;
    rename(this.hold, ...(paused ? ["▶", "Resume the queue"] : ["❚❚", "Pause the queue"]));
    this.one.disabled = !paused || closed;
    this.hold.disabled = closed;
    this.say(note || (behind ? `${behind.toLocaleString("en")} payloads are still to come` : ""));
    this.stage.changed();
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
    this.gone = ["dead", "restarting", "autorestarting", "terminating"].includes(status);
    if (this.gone || silent >= SILENT)
      this.say(this.gone ? "the kernel is gone: this is what happened until then" : silence(silent));
    else if (this.told.dataset.silent) this.take(this.state);
    this.told.dataset.silent = this.gone || silent >= SILENT ? "yes" : "";
    this.send("here");
  }

  remove() {
    clearInterval(this.watch);
    removeEventListener("pagehide", this.leave);
    this.sight.disconnect();
    this.model.off("msg:custom", this.heard);
    this.send("left");
    this.stage?.remove();
  }
}
