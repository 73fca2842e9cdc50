/* Several traces side by side, on one clock that begins with the first thing of each. */

import { button, element, keepKeys, legend, rename, speedControl } from "./controls.js";
import { passedUntil, queueLine } from "./player.js";
import { Stage } from "./stage.js";
import { make, visible } from "./svg.js";
import { duration } from "./telling.js";

export class Together {
  constructor(root, named, { title = "", speed = 1 }) {
    this.root = root;
    this.speed = speed;
    this.time = 0;
    this.playing = false;
    root.classList.add("ec-motion");
    keepKeys(root);
    const grid = element("div", { class: `ec-grid ec-of-${named.length}` });
    this.stages = named.map(([name, trace]) => {
      const home = element("div");
      grid.append(home);
      const stage = new Stage(home, trace, { title: name, pace: "clock", bare: true });
      stage.stats = element("p", { class: "ec-stats" });
      stage.head.append(stage.stats);
      stage.head.firstChild.title = visible(name); // of a long one not all is seen there
      return stage;
    });
    this.end = Math.max(...this.stages.map(({ player }) => player.end - player.start));
    const heading = element("div", { class: "ec-top" }, element("h3", {}, title));
    const run = element("div", { class: "ec-run" }, this.controls(), this.bar(named));
    const settings = element("div", { class: "ec-settings" }, speedControl(this, () => {}));
    const more = element("div", { class: "ec-more" }, legend(named.map(([, trace]) => trace)), settings);
    root.append(...(title ? [heading] : []), grid, run, more);
    root.addEventListener("keydown", (event) => this.pressed(event));
    this.last = performance.now();
    this.due = requestAnimationFrame((now) => this.turn(now));
  }

  controls() {
    this.buttons = [
      button("«", "Start", () => this.restart(), "to the beginning (Home)"),
      button("▶", "Play", () => this.toggle(), "play or pause (k)"),
      button("▸", "Step", () => this.step(), "to the next time at which anything happens (.)"),
    ];
    return element("div", { class: "ec-controls" }, ...this.buttons);
  }

  /** One bar for all, with the line of each queue. */
  bar(named) {
    const most = Math.max(1, ...named.map(([, trace]) => queueLine(trace, "clock").most));
    const lines = make("svg", { viewBox: "0 0 240 28", preserveAspectRatio: "none", "aria-hidden": "true" });
    const names = element("span", { class: "ec-most" }, "how many wait: ");
    named.forEach(([name, trace], n) => {
      const { line, most: mine } = queueLine(trace, "clock");
      const span = ((trace.times.at(-1) ?? 0) - (trace.times[0] ?? 0)) / (this.end || 1);
      const points = line.map(([x, y]) => `${(x * span * 240).toFixed(1)} ${(27 - (y * mine * 24) / most).toFixed(1)}`);
      lines.append(make("path", { class: `ec-line ec-line-${n}`, d: `M${points.join("L")}` }));
      const sample = make("svg", { viewBox: "0 0 24 8", "aria-hidden": "true", class: "ec-sample" });
      sample.append(make("path", { class: `ec-line ec-line-${n}`, d: "M0 4H24" }));
      const said = `${name} (at most ${mine.toLocaleString("en")})`;
      names.append(element("span", { class: "ec-whole" }, sample, said), " ");
    });
    this.input = element("input", { type: "range", min: 0, max: 1000, step: 1, ariaLabel: "time" });
    this.input.addEventListener("input", () => this.go((this.input.value / 1000) * this.end));
    this.said = element("span", { class: "ec-when" });
    const over = element("div", { class: "ec-bar" }, lines, this.input);
    return element("div", { class: "ec-time" }, over, element("div", { class: "ec-under" }, this.said, names));
  }

  toggle() {
    if (!this.playing && this.time >= this.end) this.restart();
    this.playing = !this.playing;
  }

  /** To where nothing has happened yet. */
  restart() {
    this.go(0);
    for (const { player } of this.stages) player.go(0);
  }

  /** To a time, at which each shows all that had happened by then. */
  go(time) {
    this.playing = false;
    this.time = Math.max(0, Math.min(time, this.end));
    for (const stage of this.stages) {
      const { player } = stage;
      player.go(player.due(this.time));
      stage.changed();
    }
  }

  /** To the next time at which anything happens in any of them. */
  step() {
    const next = this.stages.flatMap(({ player: { trace, start, n } }) =>
      n < trace.times.length ? [Math.max(this.time, trace.times[n] - start)] : [],
    );
    if (next.length) this.go(Math.min(...next));
  }

  pressed(event) {
    const keys = { k: () => this.toggle(), ".": () => this.step(), Home: () => this.restart() };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    if (event.key === "Home" && event.target.closest("input")) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  turn(now) {
    const seconds = passedUntil(now, this.last);
    this.last = now;
    this.due = requestAnimationFrame((next) => this.turn(next));
    if (this.playing) this.play(seconds);
    this.show();
  }

  play(seconds) {
    this.time = Math.min(this.time + seconds * this.speed, this.end);
    let shown = true;
    for (const stage of this.stages) {
      const { player } = stage;
      const due = player.due(this.time);
      player.pass(seconds);
      player.speed = this.speed;
      player.time = player.start + this.time;
      player.release(due, seconds);
      shown &&= player.n >= due;
      stage.changed();
    }
    if (this.time >= this.end && shown) this.playing = false;
  }

  show() {
    const said = `${duration(this.time)} of ${duration(this.end)}`;
    if (this.said.textContent !== said) this.said.textContent = said;
    this.input.value = Math.round((this.end ? this.time / this.end : 0) * 1000);
    this.input.setAttribute("aria-valuetext", said);
    rename(this.buttons[1], ...(this.playing ? ["❚❚", "Pause"] : ["▶", "Play"]));
    for (const { stats, trace, frame, unseen } of this.stages) {
      const text = statsOf(trace, frame?.n ?? 0, unseen);
      if (stats.textContent === text) continue;
      const parts = text.split(/( · )/); // of four beside each other, a line of each
      stats.replaceChildren(...parts.map((part) => element("span", {}, part)));
    }
  }

  remove() {
    cancelAnimationFrame(this.due);
    for (const each of this.stages) each.remove();
    this.root.replaceChildren();
  }
}

/** How many are done after so many things, as far as it is seen (see standing.js), and how long those
 * that were taken had waited. */
export function statsOf({ events, when }, n, unseen = new Map()) {
  let [done, taken, sum, longest] = [0, 0, 0, 0];
  events.forEach((event, at) => {
    const until = Math.min(n, unseen.get(at) ?? n);
    if (when.finished[at] < until) done += 1;
    if (when.taken[at] >= until) return;
    const wait = event.taken - event.accepted;
    taken += 1;
    sum += wait;
    longest = Math.max(longest, wait);
  });
  const waits = taken ? `mean wait ${duration(sum / taken)}, longest ${duration(longest)}` : "none taken yet";
  return `done ${done.toLocaleString("en")} of ${events.length.toLocaleString("en")} · ${waits}`;
}
