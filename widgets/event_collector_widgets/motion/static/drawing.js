/* Draws frames as an SVG. It decides nothing: where a token is and what is counted, the frame says;
 * it only lets a token glide from where it was drawn last to where it is now.
 *
 * An SVG and not a canvas: its texts are sharp at any size and on a wall, its colours are the page's,
 * and each token can be focused, named to those who hear the page, and clicked, with no second model of
 * the picture. It stays quick since a token is one group that only gets another transform; beyond
 * 300 tokens a share is drawn. */

import { CHIP, between, source, spot } from "./layout.js";
import { Scenery } from "./scenery.js";
import { comeTo, hurry, later, standing, stopsOf } from "./standing.js";
import { cut, make, shape, textAt, visible, widthOf } from "./svg.js";
import { label } from "./telling.js";

export const MOST = 300; // tokens that are drawn
const LEAP = 30; // so many things at once that none of them can be followed by eye
const CROWD = 12; // so many tokens on their way at once
const RESTS = 450; // ms for which one that is done rests where it has gone
const FOLLOWS = 0.6; // seconds on the way at most, of what happens now
const AT_ONCE = 0.001; // seconds: it is there with the next picture
const ENDS = new Set(["Ok", "Error", "undelivered", "cut off"]);
const SHARES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

export class Drawing {
  constructor(svg) {
    this.svg = svg;
    this.scenery = new Scenery(svg);
    this.tokens = new Map(); // by event and copy: what is drawn
    this.quick = false; // nothing glides
    this.speed = 1;
    this.clock = false; // whether time goes by the clock
    this.time = 0; // of that clock
    this.live = false; // whether it is what happens now
    this.brisk = false; // whether so much happens that nothing can be followed
    this.asked = null;
    this.leaving = false; // whether some are drawn only until they have come to where they go
    this.n = 0; // how many things had happened when it was drawn last
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  get plan() {
    return this.scenery.plan;
  }

  /** Draw the places anew, if they are others than before. */
  lay(trace, n, form) {
    this.fresh = this.scenery.lay(trace, n, form);
    if (!this.fresh) return;
    this.tokens.clear();
    this.above = make("g");
    this.svg.append(this.above);
  }

  /** Draw a frame; `now` is a time in ms, by which tokens glide. */
  draw(trace, frame, now) {
    // In places drawn anew all are where they are: what has happened is not seen once more.
    this.leaps = this.quick || (this.fresh && this.n > 0) || Math.abs(frame.n - this.n) > LEAP;
    this.trace = trace;
    this.first = null;
    this.flying = 0;
    for (const each of this.tokens.values()) if (each.path) this.flying += 1;
    const { share, spots } = this.choose(frame);
    this.next = share === 1 && !frame.counts.unseen; // whether it is known who goes next
    const drawn = new Set();
    this.taking = new Map(); // by consumer, by which thing it has taken one now
    for (const [each, at] of spots) {
      const id = `${each.event} ${each.copy}`;
      drawn.add(id);
      this.place(trace, id, each, at, now);
    }
    for (const each of this.tokens.values())
      if (trace.when.taken[each.event] < this.taking.get(trace.events[each.event].consumer)) hurry(each, now);
    // Whoever is on the way goes to the end of it, unless it is the clock that has gone back.
    const onward = frame.n >= this.n && !this.quick && this.tokens.size <= MOST;
    this.n = frame.n;
    if (this.leaps) for (const each of this.tokens.values()) each.stops = [];
    for (const [id, each] of this.tokens)
      if (!drawn.has(id) && !(onward && (each.path || now < each.rests))) this.drop(id, each);
    this.leaving = this.tokens.size > drawn.size;
    this.counts = frame.counts;
    return share;
  }

  /** Which tokens are drawn, and where: all of them, or a share for which there is room. */
  choose({ tokens }) {
    const least = SHARES.indexOf(shareOf(tokens.length));
    for (const share of SHARES.slice(least)) {
      const spots = this.spots(tokens, share);
      const without = spots.filter(([{ place }, { hidden }]) => hidden && !ENDS.has(place));
      // Of all of them those without a place in sight are told of: who goes next is known still.
      this.room = without.length ? roomOf(spots) : null;
      if (share === 1 || !without.length || share === SHARES.at(-1)) return { share, spots };
    }
  }

  /** Where a share of the tokens are, as pairs of a token and its spot. */
  spots(tokens, share) {
    const crowds = new Map();
    const kept = tokens.filter(({ event }) => event % share === 0);
    const placeOf = ({ place, key }) => `${place} ${key ?? ""}`;
    for (const each of kept) {
      const place = placeOf(each);
      if (share > 1) each.slot = crowds.get(place) ?? 0;
      crowds.set(place, (crowds.get(place) ?? 0) + 1);
    }
    return kept.map((each) => {
      const row = this.scenery.rows.get(each.key ?? "") ?? this.plan.places.collectors.length - 1;
      return [each, { ...spot(this.plan, each, crowds.get(placeOf(each)), row), row }];
    });
  }

  /** Have a payload wait at the publisher, that is not sent yet; null: none. */
  ask(payload) {
    const id = payload ? String(payload.id) : "";
    if (this.asked?.id === id && this.asked.group.isConnected === (id !== "")) return;
    this.asked?.group.remove();
    this.asked = null;
    if (!payload) return;
    const group = this.token({ ...payload, priority: null }, { event: -1, copy: 0 }, false);
    group.setAttribute("class", "ec-token ec-asked");
    group.removeAttribute("role");
    delete group.dataset.event;
    const { x, y, width, height } = this.plan.places.publisher;
    const low = y + height - CHIP.height - 5;
    group.setAttribute("transform", `translate(${x + (width - CHIP.width) / 2} ${low})`);
    this.asked = { id, group };
    this.above.append(group);
  }

  /** Put a token where it is, or let it begin to glide there. */
  place(trace, id, token, at, now) {
    let drawn = this.tokens.get(id);
    if (!drawn) {
      drawn = this.begin(token, at, now);
      drawn.group = this.token(trace.events[token.event], token, trace.queue?.order === "PRIORITY");
      this.tokens.set(id, drawn);
      this.above.append(drawn.group);
      move(drawn);
    }
    drawn.since = drawn.thing; // the copies of this one begin there too
    const { group } = drawn;
    const passes = this.brisk && (token.place === "Ok" || token.place === "Error"); // its count can be read
    const state = passes ? "ec-token ec-none" : `ec-token ec-at-${token.place.replace(" ", "-")}${at.small ? " ec-small" : ""}`;
    const visibility = at.hidden ? "hidden" : "visible";
    if (drawn.visibility !== visibility) group.style.visibility = drawn.visibility = visibility;
    if (drawn.toX !== at.x || drawn.toY !== at.y) {
      const lane = (trace.events[token.event].consumer ?? 1) - 1;
      const spots = drawn.was === token.place ? [] : between(this.plan, drawn.was, token.place, { lane, row: at.row });
      // One that is still on its way goes all of it, so that none leaps past a place.
      const end = drawn.was === token.place ? -1 : undefined;
      // Where it goes has moved on a little: that makes its way no longer, or in a quick queue it would
      // never get there.
      const left = end && drawn.path ? drawn.seconds - (now - drawn.began) / 1000 : null;
      const rest = drawn.path ? drawn.path.slice(drawn.leg + 1, end) : (drawn.lead ?? []);
      const on = drawn.path ? drawn.leg : 0;
      drawn.stops = drawn.path ? drawn.stops.map((stop) => later(stop, on)) : [];
      drawn.path = [{ x: drawn.x, y: drawn.y }, ...rest, ...spots, at];
      [drawn.rest, drawn.lead] = [rest, null];
      if (token.thing < drawn.thing) drawn.stops = [];
      else drawn.stops.push(...stopsOf(token, drawn.thing, trace, drawn.path.length - 1, rest.length));
      if (trace.when.taken[token.event] > drawn.since) this.takes(trace, token);
      drawn.before = drawn.was;
      drawn.began = now;
      drawn.leg = 0;
      const legs = drawn.path.filter(({ passes }) => !passes).length - 1;
      const seconds = this.secondsFor(trace.events[token.event], token, legs);
      const here = end === -1 && this.brisk ? AT_ONCE : seconds;
      drawn.seconds = left === null ? here : Math.max(AT_ONCE, left);
      [drawn.toX, drawn.toY] = [at.x, at.y];
    }
    drawn.thing = token.thing;
    if (drawn.was !== token.place || !drawn.says) drawn.says = label(trace, token);
    if (!drawn.path) this.name(drawn);
    drawn.was = token.place;
    drawn.slot = token.slot;
    if (token.place === "buffer" && token.slot === 0) this.first = drawn;
    // How it ended is seen when it has got there. Where nothing can be followed, those on their way are
    // dots: one does not lie on another.
    const asDot = this.brisk && drawn.path && drawn.seconds > AT_ONCE;
    // So is one of a crowd in the buffer that has room for its text now: it has that where it comes to.
    const grows = token.place === "buffer" && drawn.small && !at.small;
    drawn.later = drawn.path && (asDot || grows || ENDS.has(token.place)) ? state : null;
    if (!drawn.later) this.dress(drawn, state);
    else if (asDot) this.dress(drawn, `ec-token ${at.small ? "ec-small" : "ec-dot"}`);
    else if (!drawn.worn) this.dress(drawn, `ec-token${at.small ? " ec-small" : ""}`);
  }

  /** Keep that a token's consumer has taken it now: the one before comes to its end. */
  takes({ when, events }, { event, thing }) {
    const [{ consumer }, taken] = [events[event], when.taken[event]];
    if (taken <= thing) this.taking.set(consumer, Math.max(taken, this.taking.get(consumer) ?? taken));
  }

  /** A token that was not there: from where it comes, and from which place. */
  begin(token, at, now) {
    const { event, copy } = token;
    const thing = (copy ? this.tokens.get(`${event} 0`)?.since : null) ?? -1;
    return { event, copy, thing, stops: [], ...this.beginning(token, at, now) };
  }

  beginning(token, at, now) {
    const parent = token.copy ? this.tokens.get(`${token.event} 0`) : null;
    // Copies go together until they are divided: this one goes as the first has just begun to, also
    // through places that the first had still to come to.
    if (parent?.path && parent.began === now) return { ...parent.path[0], was: parent.before, lead: parent.rest };
    if (parent) return { x: parent.x, y: parent.y, was: parent.was };
    // After a leap nobody sees it come: it is there.
    if (this.leaps) return { x: at.x, y: at.y, toX: at.x, toY: at.y, was: token.place, arrived: token.place, waits: token.place, path: null };
    return { ...source(this.plan), was: "publisher" };
  }

  /** As what a token is drawn: where it goes along a rail, as a dot. */
  dress(drawn, name = drawn.dressed) {
    drawn.dressed = name;
    drawn.small = name.includes(" ec-small");
    const worn = drawn.onRail ? `${name} ec-dot` : name;
    if (drawn.worn !== worn) drawn.group.setAttribute("class", (drawn.worn = worn));
  }

  name(drawn) {
    if (drawn.says) drawn.group.setAttribute("aria-label", visible(drawn.says));
    drawn.says = "";
  }

  /** What can be seen by now of what has happened: see standing.js. */
  standing() {
    return this.trace ? standing([...this.tokens.values()], this.trace, this.n, this.brisk) : { key: "" };
  }

  /** Mark who goes next, once that one is in its place: the ring and the word come and go together. */
  markNext() {
    const { first } = this;
    const next = this.next && first && !first.path ? first : null;
    this.scenery.showNext(next !== null);
    if (next === this.marked && next?.group.classList.contains("ec-next")) return;
    this.marked?.group.classList.remove("ec-next");
    this.marked = next;
    next?.group.classList.add("ec-next");
  }

  /** A token: its shape, and beside it a short text. */
  token({ text, delivery, priority }, { event, copy }, ordered) {
    const ranked = ordered && priority !== null; // in a queue that takes no notice of it, it says nothing
    const group = make("g", { class: "ec-token", tabindex: -1, role: "button" });
    group.dataset.event = event;
    group.append(make("rect", { width: CHIP.width, height: CHIP.height, rx: 6, class: "ec-chip" }));
    const mark = shape(delivery);
    mark.setAttribute("transform", "translate(13 13)");
    const rank = ranked ? cut(`p${priority}`, 44, "13px") : "";
    const room = CHIP.width - 26 - 4 - (ranked ? widthOf(rank, "13px") + 5 : 0);
    group.append(mark, textAt(26, 17.5, cut(text, room, "13px"), "ec-short"));
    if (ranked) group.append(textAt(CHIP.width - 5, 17.5, rank, "ec-prio"));
    group.dataset.copy = copy;
    return group;
  }

  /** How long a token glides: by the clock no longer than it has until it must go on. */
  secondsFor({ taken, finished }, { place }, legs) {
    const { speed, clock, brisk, live } = this;
    const usual = (0.6 / Math.max(1, clock ? speed / 4 : speed)) * (0.4 + 0.6 * legs);
    // Where many are on their way nobody follows one of them.
    const most = brisk ? 0.15 : this.flying > CROWD ? 0.35 : live ? FOLLOWS : Infinity;
    if (!clock) return Math.min(usual, most);
    if (ENDS.has(place)) return Math.min(usual, most, 0.4);
    const until = place === "buffer" || place === "parked" ? taken : finished;
    const stays = until === null ? Infinity : (until - this.time) / speed;
    return Math.min(usual, most, Math.max(brisk ? AT_ONCE : 0.3, 0.6 * stays));
  }

  /** Let every token glide on; whether one still does. */
  glide(now) {
    const atOnce = this.quick || this.still.matches;
    let moving = false;
    let last = -1; // in the buffer, the last place that is taken by one with its text
    for (const each of this.tokens.values()) {
      if (each.was === "buffer" && each.arrived === "buffer" && !each.small) last = Math.max(last, each.slot);
      if (!each.path) continue;
      const legs = each.path.length - 1;
      const share = atOnce || each.seconds <= AT_ONCE ? 1 : Math.min(1, (now - each.began) / 1000 / each.seconds);
      const leg = (each.leg = Math.min(legs - 1, Math.floor(share * legs)));
      const within = ease(share * legs - leg);
      const [a, b] = [each.path[leg], each.path[leg + 1]];
      [each.x, each.y] = [a.x + (b.x - a.x) * within, a.y + (b.y - a.y) * within];
      move(each);
      const onRail = share < 1 && Boolean(a.dot || b.dot);
      if (onRail !== Boolean(each.onRail)) {
        each.onRail = onRail;
        this.dress(each);
      }
      const gone = share === 1 ? Infinity : share * legs;
      comeTo(each, gone, this.plan);
      if (share < 1) moving = true;
      else {
        each.path = null;
        each.arrived = each.was;
        each.waits = each.was === "buffer" || each.was === "parked" ? each.was : null;
        this.name(each);
        each.rests = this.brisk ? 0 : now + RESTS;
        if (each.later) this.dress(each, each.later);
      }
    }
    if (this.counts) this.scenery.order(this.counts, this.next ? last + 1 : 0); // of a share nobody has its turn
    this.markNext();
    return moving;
  }

  drop(id, { group }) {
    this.tokens.delete(id);
    group.remove();
  }
}

const move = ({ group, x, y }) => group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);

const ease = (share) => (share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2);

/** Of those that are under way, how many are in sight, and how many there are. */
function roomOf(spots) {
  const under = spots.filter(([{ place }]) => !ENDS.has(place));
  const seen = under.filter(([, { hidden }]) => !hidden);
  return [seen, under].map((listed) => new Set(listed.map(([{ event }]) => event)).size);
}

/** 1 of how many tokens is drawn. */
export const shareOf = (count) => SHARES.find((each) => count / each <= MOST) ?? SHARES.at(-1);
