/* The player: how far a trace has been played, by the clock or one thing after the other.
 *
 * It knows no page: whoever has one calls `tick` with the seconds that have passed. */

import { thingsAt } from "./frame.js";

export const SLOWEST = 0.01;
export const FASTEST = 1000;

/** Seconds for which a thing has the stage when things are shown one by one. */
const BEATS = { accepted: 0.55, taken: 1.9, finished: 1.2, changed: 1.2, noted: 1.2, counted: 0.3 };
const APART = 0.11; // seconds between two things of one moment
const LAG = 0.5; // seconds in which most of one moment is shown, however much it is
const LATE = 0.2; // seconds that what is due may wait for what was due before it, at most
const WINDOW = 2; // seconds for which it is remembered how much was shown
const [BRISK, CALM] = [8, 4]; // things in a second: more than an eye can follow, and few enough again
const [MOMENT, TOGETHER] = [0.001, 12]; // seconds from one thing to the next that belongs to it, and how many do
const BEHIND = 0.5; // seconds that what happens now may be behind, at most

/** Seconds from one time of the page's clock to a frame's; none to a frame that was due before it. */
export const passedUntil = (now, last) => Math.max(0, Math.min(0.1, (now - last) / 1000));

/** By the clock where that can be followed by eye, else one by one. */
export function paceOf({ times, things }) {
  if (things.length < 2) return "steps";
  const span = times.at(-1) - times[0];
  return span / things.length >= 0.2 && span >= 2 ? "clock" : "steps";
}

export class Player {
  constructor(trace, { speed = 1, pace = null } = {}) {
    this.trace = trace;
    this.pace = pace ?? paceOf(trace);
    this.speed = speed;
    this.playing = false;
    this.n = 0; // how many things have happened
    this.time = this.start;
    this.since = 0; // seconds since the last one was shown
    this.live = false; // it follows what happens now
    this.left = 0; // seconds until all that has happened must be shown
    this.owed = 0; // part of the next thing to be shown
    this.busy = 0; // how many things were shown of late
    this.brisk = false; // whether they come too quickly for any of them to be followed
  }

  get start() {
    return this.trace.times[0] ?? 0;
  }

  get end() {
    return this.trace.times.at(-1) ?? 0;
  }

  get last() {
    return this.trace.things.length;
  }

  get ended() {
    return this.n >= this.last && (this.pace === "steps" || this.time >= this.end);
  }

  /** Let seconds pass. Whether anything has changed. */
  tick(seconds) {
    this.pass(seconds);
    if (this.live) return this.follow(seconds);
    if (!this.playing) return false;
    const before = this.n;
    if (this.pace === "clock") this.byTheClock(seconds);
    else this.oneByOne();
    if (this.ended && this.since > (this.pace === "steps" ? BEATS.finished : 0)) this.playing = false;
    return before !== this.n || this.pace === "clock";
  }

  /** Time passes on the page, whether or not anything is played. */
  pass(seconds) {
    this.since += seconds;
    this.busy *= Math.exp(-seconds / WINDOW);
    const rate = this.busy / WINDOW;
    this.brisk = rate > (this.brisk ? CALM : BRISK);
  }

  byTheClock(seconds) {
    this.time = Math.min(this.time + seconds * this.speed, this.end);
    this.release(thingsAt(this.trace, this.time), seconds);
  }

  /** Show what is due: apart where that can be, and never late for long. What happens at one moment
   * is shown over some time; but what comes later does not wait for that. */
  release(due, seconds) {
    const left = due - this.n;
    if (left <= 0) return;
    this.owed += seconds * Math.max(1 / APART, left / LAG);
    if (this.since >= APART) this.owed = Math.max(1, this.owed);
    const many = Math.min(left, Math.floor(this.owed));
    this.owed -= many;
    const { times } = this.trace;
    const old = thingsAt(this.trace, times[due - 1] - LATE * this.speed);
    if (many || old > this.n) this.show(this.whole(Math.max(old, this.n + many), due));
    if (this.n === due) this.owed = 0;
  }

  oneByOne() {
    const { things } = this.trace;
    let beat = () => (this.n ? BEATS[things[this.n - 1].kind] / this.speed : 0.3);
    while (this.n < things.length && this.since >= beat()) {
      const rest = this.since - beat();
      this.show(this.n + 1);
      this.since = rest;
    }
    this.time = this.n ? this.trace.times[this.n - 1] : this.start;
  }

  /** Show what happens now: one after the other, as quickly as there are more to come. */
  follow(seconds) {
    const rest = this.last - this.n;
    this.time = this.end;
    if (!rest) return ((this.left = this.owed = 0), false);
    if (this.left <= 0) this.left = BEHIND;
    this.owed += this.left <= seconds ? rest : (rest * seconds) / this.left;
    this.left -= seconds;
    const many = Math.min(rest, Math.floor(this.owed));
    this.owed -= many;
    if (many) this.show(this.whole(this.n + many, this.last));
    return many > 0;
  }

  /** Where a collector may be full, whoever takes the place of one that is done is shown with it: else
   * all that are parked would set out for the buffer each time, and turn back. */
  whole(n, due) {
    const { things, times, changes } = this.trace;
    const parks = changes.some(({ collectors }) => collectors.some(({ most }) => most !== null));
    const belongs = (at) => things[at].kind === "taken" || things[at].kind === "finished";
    const last = parks ? Math.min(due, n + TOGETHER) : n;
    while (n < last && belongs(n - 1) && belongs(n) && times[n] - times[n - 1] <= MOMENT) n += 1;
    return n;
  }

  show(n) {
    const before = this.n;
    this.n = Math.min(n, this.last);
    this.busy += this.n - before;
    this.since = 0;
  }

  play() {
    if (this.ended) this.go(0);
    this.playing = true;
    this.live = false;
    this.since = 0;
  }

  pause() {
    this.playing = this.live = false;
  }

  /** To the place after so many things. */
  go(n) {
    this.live = false;
    this.n = Math.max(0, Math.min(n, this.last));
    this.time = this.n ? this.trace.times[this.n - 1] : this.start;
    this.since = this.owed = this.busy = 0;
    this.brisk = false;
  }

  /** To the next thing that happens, or back before the last one. */
  step(by = 1) {
    this.playing = false;
    this.go(this.n + by);
  }

  /** To the next Error or undelivered; from the last one on to the first. Whether there is one. */
  jump() {
    const bad = ({ kind, event }) =>
      kind === "finished" &&
      this.trace.events[event].results.some(({ outcome }) => outcome !== "Ok");
    const { things } = this.trace;
    let at = things.findIndex((each, n) => n >= this.n && bad(each));
    if (at < 0) at = things.findIndex(bad);
    if (at >= 0) this.step(at + 1 - this.n);
    return at >= 0;
  }

  /** How many things have happened so many seconds after the first. From there times are counted as
   * the end and the steps are: the sum of both may be less than the time of what happens then. */
  due(passed) {
    return thingsAt(this.trace, passed, this.start);
  }

  /** How far it is on the time bar, from 0 to 1; and to a place there. */
  get share() {
    if (this.pace === "steps") return this.last ? this.n / this.last : 0;
    return this.end > this.start ? (this.time - this.start) / (this.end - this.start) : 0;
  }

  seek(share) {
    if (this.pace === "steps") return this.go(Math.round(share * this.last));
    const passed = share * (this.end - this.start);
    this.go(this.due(passed));
    this.time = share < 1 ? this.start + passed : this.end;
  }

  setPace(pace) {
    this.pace = pace;
    this.time = this.n ? this.trace.times[this.n - 1] : this.start;
  }
}

/** How many wait over the bar: points of x and y from 0 to 1, and the most. */
export function queueLine(trace, pace, points = 240) {
  const { things, times } = trace;
  let waiting = 0;
  let most = 0;
  const after = things.map(({ kind, event, change }) => {
    if (kind === "accepted") waiting += 1;
    else if (kind === "counted") waiting += change.accepted - change.taken - change.cutOff;
    else if (kind === "taken" || (kind === "finished" && trace.events[event].taken === null))
      waiting -= 1;
    most = Math.max(most, waiting);
    return waiting;
  });
  const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0];
  const line = [];
  for (let each = 0; each <= points; each++) {
    const share = each / points;
    const n = pace === "steps" ? Math.round(share * things.length) : thingsAt(trace, share * (to - from), from);
    line.push([share, n && most ? after[n - 1] / most : 0]);
  }
  return { line, most };
}
