/* The animation of one trace: the picture, what can be done with it, and what it says. */

import { Bar, Card, button, element, keepKeys, legend, paceControl, rename, speedControl } from "./controls.js";
import { Drawing } from "./drawing.js";
import { frameAfter } from "./frame.js";
import { Player, passedUntil } from "./player.js";
import { asSeen } from "./standing.js";
import { make, visible } from "./svg.js";
import { cardOf, happened, many, placeCard } from "./telling.js";

const STAYS = 1300; // ms for which those that are done stay in sight
const BRIEFLY = 150; // the same where they come too quickly to be followed
const NARROW = 640;
const SLIM = 360; // of one of several

export class Stage {
  constructor(root, trace, { title = "", speed = 1, pace = null, bare = false } = {}) {
    this.root = root;
    this.player = new Player(trace, { speed, pace });
    this.told = 0; // how many things are told of
    this.unseen = new Map(); // and what is not counted yet
    this.shown = []; // when how many things had been shown, of the last second or so
    this.chosen = null;
    this.faulty = new Set(); // the collectors that do wrong on purpose, now
    this.asked = null; // a payload that waits at the publisher until it is sent
    this.ticked = new Set(); // the collectors that somebody thinks will get it
    this.bare = bare; // one of several, which are played together
    this.build(title);
    if (!bare) root.addEventListener("keydown", (event) => this.pressed(event));
    this.size = new ResizeObserver(() => this.changed());
    this.size.observe(this.stage);
    this.last = performance.now();
    this.due = requestAnimationFrame((now) => this.turn(now));
  }

  get trace() {
    return this.player.trace;
  }

  build(title) {
    this.root.classList.add(this.bare ? "ec-one" : "ec-motion");
    if (!this.bare) keepKeys(this.root);
    this.svg = make("svg", { class: "ec-scene", role: "group", "aria-label": title || "animation" });
    this.drawing = new Drawing(this.svg);
    this.said = element("p", { class: "ec-happened", role: "status" });
    this.words = element("p", { class: "ec-words", role: "status", hidden: true });
    this.head = element("div", { class: "ec-top" }, element("h3", {}, title), this.words);
    this.note = element("p", { class: "ec-share", hidden: true });
    this.card = new Card(() => this.choose(null));
    this.stage = element("div", { class: "ec-stage" }, this.svg, this.card.element);
    if (this.bare) {
      this.root.append(this.head, this.stage, this.note);
      return this.listen();
    }
    const changed = () => this.changed();
    this.bar = new Bar(this.player, changed);
    this.buttons = this.makeButtons();
    const settings = element(
      ...["div", { class: "ec-settings" }, speedControl(this.player, changed)],
      paceControl(this.player, () => (this.bar.lay(), this.changed())),
    );
    const buttons = element("div", { class: "ec-controls" }, ...Object.values(this.buttons));
    const run = element("div", { class: "ec-run" }, buttons, this.bar.element);
    const more = element("div", { class: "ec-more" }, legend([this.trace]), settings);
    this.root.append(this.head, this.stage, this.said, this.note, run, more);
    this.listen();
  }

  makeButtons() {
    const { player } = this;
    const act = (does) => () => (does(), this.changed());
    return {
      start: button("«", "Start", act(() => player.go(0)), "to the beginning (Home)"),
      play: button("▶", "Play", () => this.toggle(), "play or pause (k)"),
      back: button("◂", "Back", act(() => player.step(-1)), "back by one thing (,)"),
      step: button("▸", "Step", act(() => player.step()), "to the next thing that happens (.)"),
      error: button("⚑", "Next Error", () => this.jump(), "to the next Error or undelivered (e)"),
    };
  }

  toggle() {
    if (this.player.playing) this.player.pause();
    else {
      if (this.player.ended) this.settle(() => this.player.go(0));
      this.player.play();
    }
    this.changed();
  }

  jump() {
    if (!this.player.jump()) this.flash = "There is no Error, and nothing undelivered.";
    this.changed();
  }

  /** Do something after which nothing glides from where it was. */
  settle(does) {
    does();
    this.shown = [];
    this.draw(performance.now(), true);
  }

  /** By keyboard, wherever in the animation the focus is. */
  pressed(event) {
    const field = event.target.closest("input, select, textarea");
    const keys = {
      k: () => this.toggle(),
      ".": () => (this.player.step(), this.changed()),
      ",": () => (this.player.step(-1), this.changed()),
      e: () => this.jump(),
      Home: () => (this.player.go(0), this.changed()),
      Escape: () => this.choose(null),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    if (field && event.key === "Home") return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  /** Tokens and places: chosen by a click, a tap or Enter, and reached by the arrows. */
  listen() {
    this.svg.addEventListener("click", (event) => this.choose(event.target.closest("[role=button]")));
    this.svg.addEventListener("keydown", (event) => {
      const all = [...this.svg.querySelectorAll("[role=button]")].filter((e) => e.style.visibility !== "hidden");
      const at = all.indexOf(event.target);
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by) all[(at + by + all.length) % all.length].focus();
      else if ((event.key === "Enter" || event.key === " ") && at >= 0) this.choose(all[at]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Where the focus goes when a card is closed: to what has opened it, if that is there still. */
  back() {
    const there = this.opener?.isConnected && this.opener.style.visibility !== "hidden";
    return there ? this.opener : this.svg.querySelector("[tabindex='0']");
  }

  choose(part) {
    const { event, place } = part?.dataset ?? {};
    this.chosen = event !== undefined ? { event: Number(event) } : place !== undefined ? { place } : null;
    if (this.chosen) this.opener = part;
    else if (this.card.element.contains(document.activeElement)) this.back().focus();
    this.changed();
  }

  changed() {
    this.stale = true;
  }

  turn(now) {
    const seconds = passedUntil(now, this.last);
    this.last = now;
    this.due = requestAnimationFrame((next) => this.turn(next));
    if (!this.stage.clientWidth) return; // it is not in sight
    const before = this.player.playing;
    if (!this.bare && (this.player.tick(seconds) || before !== this.player.playing)) this.stale = true;
    if (this.stale || this.fading || this.drawing.leaving) this.draw(now);
    this.moving = this.drawing.glide(now);
    if (this.drawing.standing().key !== this.progress) this.stale = true;
  }

  draw(now, quick = false) {
    this.stale = false;
    const { player, trace } = this;
    const since = this.since(now);
    const frame = frameAfter(trace, player.n, since);
    const { clientWidth } = this.stage;
    const narrow = clientWidth < NARROW;
    const form = this.bare && clientWidth < SLIM ? "slim" : this.bare || narrow ? "narrow" : "";
    this.drawing.lay(trace, player.n, form);
    if (!this.bare) this.root.classList.toggle("ec-slim", narrow);
    const { speed, time, brisk } = player;
    const { live } = player;
    Object.assign(this.drawing, { quick, speed, time, brisk, live, clock: player.pace === "clock" && !live });
    const { width, height } = this.drawing.plan;
    this.stage.style.aspectRatio = `${width} / ${height}`;
    const share = this.drawing.draw(trace, frame, now);
    if (quick || this.drawing.still.matches) this.drawing.glide(now);
    this.drawing.quick = false;
    this.drawing.scenery.mark("ec-faulty", player.live ? this.faulty : new Set());
    this.drawing.scenery.mark("ec-ticked", this.ticked);
    this.drawing.ask(this.asked);
    this.tellSeen(frame, share, since);
    this.bar?.show();
  }

  /** Tell in words and counts what is seen: not where tokens go, but where they are. Where one goes
   * that was taken is told when it has come to it. */
  tellSeen(frame, share, since) {
    const { n } = frame;
    const seen = this.drawing.standing();
    this.progress = seen.key;
    this.told = Math.min(n, seen.told);
    this.unseen = seen.unseen;
    this.frame = asSeen(this.trace, frame, since, seen, share === 1);
    this.drawing.scenery.count(this.trace, this.frame);
    this.tell(this.frame, happened(this.trace, frame, this.told), share);
  }

  /** From which thing on those that are done are still in sight. */
  since(now) {
    const { n } = this.player;
    if (this.shown.length && n < this.shown.at(-1)[1]) this.shown = []; // it went back
    if (!this.shown.length) this.shown.push([now, Math.max(0, n - 1)]);
    if (this.shown.at(-1)[1] !== n) this.shown.push([now, n]);
    const stays = this.player.brisk ? BRIEFLY : STAYS;
    while (this.shown.length > 1 && now - this.shown[1][0] > stays) this.shown.shift();
    this.fading = this.shown.length > 1;
    return this.shown[0][1];
  }

  tell(frame, told, share) {
    const { player, trace } = this;
    const say = (where, text) => {
      where.hidden = !text;
      if (where.textContent !== text) where.textContent = visible(text);
    };
    say(this.said, this.flash ?? told);
    this.flash = null;
    say(this.words, frame.words.join(" · "));
    say(this.note, drawnOf(frame, share, this.drawing.room));
    this.showCard(frame);
    this.focusable();
    if (this.bare) return;
    rename(this.buttons.play, ...(player.playing ? ["❚❚", "Pause"] : player.ended && player.n ? ["↻", "Again"] : ["▶", "Play"]));
    // Not `disabled`: that would take the focus, and the keys after it would go to the notebook.
    for (const [name, off] of [["step", player.n >= player.last], ["back", !player.n], ["start", !player.n]])
      this.buttons[name].setAttribute("aria-disabled", String(off));
  }

  showCard(frame) {
    const { trace } = this;
    const { event, place } = this.chosen ?? {};
    const there = event === undefined || trace.when.accepted[event] < frame.n;
    if (!there) this.chosen = null;
    const card = event !== undefined ? there && cardOf(trace, frame, event) : place && placeCard(trace, frame, place);
    this.card.show(card || null);
  }

  /** One stop for the tab key in the picture: from there the arrows go on. */
  focusable() {
    const focused = this.svg.querySelector("[tabindex='0']");
    if (focused?.isConnected) return;
    this.svg.querySelector("[role=button]")?.setAttribute("tabindex", "0");
  }

  remove() {
    cancelAnimationFrame(this.due);
    this.size.disconnect();
    this.root.replaceChildren();
  }
}

/** Which share of the payloads is drawn, if not all are; `room`: how many of how many have room, if not all have. */
function drawnOf({ counts }, share, room = null) {
  if (counts.left && !counts.waiting && !counts.service) return ""; // nothing is there to be drawn
  const [seen, all] = room ?? [1, 1];
  if (!counts.unseen) {
    if (seen < all) return `${many(seen)} of ${many(all)} payloads are drawn; counts are exact`;
    return share > 1 ? `1 of ${many(share)} payloads is drawn; counts are exact` : "";
  }
  const known = counts.accepted - counts.left;
  const drawn = Math.max(2, Math.round((share * counts.accepted * all) / Math.max(1, known * seen)));
  return `about 1 of ${many(drawn)} payloads is drawn; counts are exact`;
}
