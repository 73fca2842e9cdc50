/* Draws frames as an SVG. It decides nothing: where a token is and what is counted, the frame says;
 * it only lets a token glide from where it was drawn last to where it is now.
 *
 * An SVG and not a canvas: its texts are sharp at any size and on a wall, its colours are the page's,
 * and each token can be focused, named to those who hear the page, and clicked, with no second model of
 * the picture. It stays quick since a token is one group that only gets another transform; beyond
 * 300 tokens a share is drawn. */

import { collectorsAt } from "./frame.js";
import { CHIP, between, isBar, layout, rowsOf, source, spot, turns } from "./layout.js";
import { cut, make, shape, tspan } from "./svg.js";
import { label, whyNobody } from "./telling.js";

export const MOST = 300; // tokens that are drawn
const SHARES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
const NAMES = { undelivered: "undelivered", "cut off": "cut off", parked: "parked: its collector is full" };

export class Drawing {
  constructor(svg) {
    this.svg = svg;
    this.tokens = new Map(); // by event and copy: what is drawn
    this.quick = false; // nothing glides
    this.speed = 1;
    this.clock = false; // whether time goes by the clock
    this.key = "";
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Draw the places anew, if they are others than before. */
  lay(trace, n, narrow) {
    const keys = keysOf(trace, n);
    const parks = trace.changes.some(({ collectors }) => collectors.some(({ most }) => most !== null));
    const cuts = trace.events.some(({ taken, finished }) => taken === null && finished !== null);
    const { shown, more } = rowsOf(keys);
    const parts = { rows: Math.max(1, shown.length + (more ? 1 : 0)), lanes: trace.lanes, parks, cuts };
    const key = JSON.stringify([keys, trace.lanes, parks, cuts, narrow, trace.queue?.order]);
    this.rows = new Map(shown.map((each, row) => [each, row]));
    if (key === this.key) return;
    this.key = key;
    this.plan = layout(parts, narrow);
    this.svg.setAttribute("viewBox", `0 0 ${this.plan.width} ${this.plan.height}`);
    this.svg.classList.toggle("ec-narrow", narrow);
    this.svg.replaceChildren();
    this.tokens.clear();
    this.texts = {};
    this.above = make("g");
    this.drawPlaces(trace, collectorsAt(trace, n), shown, more);
    this.svg.append(this.above);
  }

  drawPlaces(trace, collectors, shown, more) {
    const { places } = this.plan;
    this.drawWays();
    for (const [name, at] of Object.entries(places)) if (!Array.isArray(at)) this.box(name, name, at);
    const order = trace.queue ? trace.queue.order : "order not known";
    this.head("buffer", `buffer · ${order}`);
    const router = trace.queue?.router ?? "not known";
    this.head("router", router === "SimpleRouter" ? "router" : `router · ${cut(router, 16)}`);
    this.turns = turns(this.plan).map(({ x, y }, n) => {
      const text = this.text(x, y, n ? String(n + 1) : "next", `ec-turn ec-end${n ? "" : " ec-first"}`);
      this.svg.append(text);
      return text;
    });
    for (const name of Object.keys(NAMES)) if (places[name]) this.head(name, NAMES[name]);
    this.drawLanes(trace);
    const topics = new Map(collectors.map((each) => [each.key, each.topics]));
    places.collectors.forEach((at, row) => {
      const key = row < shown.length ? shown[row] : null;
      const name = key === null ? (more ? `${more} more collectors` : "no collectors") : key || "nobody told";
      const heard = topics.get(key)?.length ? ` · ${topics.get(key).join(", ")}` : "";
      const group = this.box(`collector ${key ?? ""}`, "collector", at);
      group.append(this.text(at.x + 9, at.y + 17, cut(name, 26), "ec-key"));
      if (heard) group.lastChild.append(tspan(cut(heard, Math.max(4, 28 - name.length)), "ec-soft"));
      this.texts[`collector ${row}`] = this.text(at.x + at.width - 8, at.y + 17, "", "ec-soft ec-end");
      group.append(this.texts[`collector ${row}`]);
      this.drawEnds(places.ends[row], row);
    });
  }

  drawEnds(ends, row) {
    for (const [name, at] of Object.entries(ends)) {
      const group = make("g", { class: `ec-out ec-${name}` });
      group.append(make("rect", { ...at, rx: name === "Ok" ? at.height / 2 : 2 }));
      const text = this.text(at.x + at.width / 2, at.y + at.height / 2 + 4.5, "", "ec-middle");
      this.texts[`${name} ${row}`] = text;
      group.append(text);
      this.svg.append(group);
    }
  }

  /** The lines that payloads follow. */
  drawWays() {
    const { places, narrow } = this.plan;
    const out = (at) => [at.x + at.width, at.y + at.height / 2];
    const into = (at) => [at.x, at.y + at.height / 2];
    const way = ([a, b], [c, d]) => {
      const bend = Math.max(14, (c - a) / 2);
      this.svg.append(make("path", { class: "ec-way", d: `M${a} ${b}C${a + bend} ${b} ${c - bend} ${d} ${c} ${d}` }));
    };
    way(out(places.publisher), into(places.buffer));
    if (!narrow) way(out(places.buffer), into(places.consumers));
    way(out(places.consumers), into(places.router));
    const { router, undelivered } = places;
    const [x, y] = [router.x + router.width / 2, router.y + router.height];
    this.svg.append(make("path", { class: "ec-way ec-falls", d: `M${x} ${y}V${undelivered.y}` }));
    for (const [row, each] of places.collectors.entries()) {
      if (!narrow) way(out(router), into(each));
      for (const end of Object.values(places.ends[row])) way(out(each), into(end));
    }
  }

  box(place, name, at) {
    const group = make("g", { class: `ec-place ec-${name.replace(" ", "-")}`, tabindex: -1, role: "button" });
    group.dataset.place = place;
    group.append(make("rect", { ...at, rx: 8 }));
    if (name !== "collector" && !(name in NAMES)) this.head(name, name);
    this.svg.append(group);
    if (name === "publisher" || name === "router") {
      const [x, y] = [at.x + at.width / 2, at.y + at.height / 2 + (name === "router" ? 8 : 2)];
      const inside = this.text(x, y, "", "ec-middle ec-big");
      this.texts[`${name} inside`] = inside;
      group.append(inside);
      if (name === "publisher") group.append(this.text(x, y + 22, "sent", "ec-middle ec-soft"));
    }
    return group;
  }

  /** The name of a place above it, with a count behind it. */
  head(name, said) {
    const at = this.plan.places[name];
    if (this.texts[name]) return void (this.texts[name].firstChild.textContent = said);
    const inside = name === "undelivered" || name === "cut off";
    const text = this.text(at.x + (inside ? 9 : 0), at.y + (inside ? 20 : -9), said, "ec-head");
    text.append(tspan("", "ec-count"));
    this.svg.append(text);
    this.texts[name] = text;
  }

  drawLanes(trace) {
    const { lanes } = this.plan.places;
    this.lanes = lanes.map((at, n) => {
      const group = make("g", { class: "ec-lane" });
      group.append(make("rect", { ...at, rx: 4 }));
      const name = isBar(trace.lanes) ? "" : String(n + 1);
      group.append(this.text(at.x + 7, at.y + at.height / 2 + 4.5, name, "ec-soft"));
      const busy = this.text(at.x + 26, at.y + at.height / 2 + 4.5, "", "ec-busy");
      group.append(busy);
      this.svg.append(group);
      return { group, busy };
    });
  }

  text(x, y, said, name) {
    const made = make("text", { x, y, class: name });
    made.append(tspan(said, ""));
    return made;
  }

  /** Draw a frame; `now` is a time in ms, by which tokens glide. */
  draw(trace, frame, now) {
    this.count(trace, frame);
    const share = shareOf(frame.tokens.length);
    const drawn = new Set();
    const crowds = new Map();
    const kept = frame.tokens.filter(({ event }) => event % share === 0);
    for (const each of kept) {
      const place = `${each.place} ${each.key ?? ""}`;
      if (share > 1) each.slot = crowds.get(place) ?? 0;
      crowds.set(place, (crowds.get(place) ?? 0) + 1);
    }
    for (const each of kept) {
      const id = `${each.event} ${each.copy}`;
      drawn.add(id);
      const row = this.rows.get(each.key ?? "") ?? this.plan.places.collectors.length - 1;
      const at = spot(this.plan, each, crowds.get(`${each.place} ${each.key ?? ""}`), row);
      this.place(trace, id, each, at, now);
    }
    for (const [id, each] of this.tokens) if (!drawn.has(id)) this.drop(id, each);
    return share;
  }

  count(trace, { counts, lanes, tokens }) {
    const said = (name, text) => {
      const at = this.texts[name]?.lastChild;
      if (at && at.textContent !== text) at.textContent = text;
    };
    const { texts } = this;
    said("publisher inside", counts.accepted.toLocaleString("en"));
    const inBuffer = Math.min(counts.buffer, counts.buffer > this.turns.length ? 0 : Infinity);
    this.turns.forEach((text, n) => text.classList.toggle("ec-none", n >= inBuffer));
    const full = trace.queue?.max_queued;
    said("buffer", ` · ${counts.waiting}${full == null ? "" : ` of ${full}`} waiting`);
    said("parked", ` · ${counts.parked}`);
    said("consumers", ` · ${counts.service} of ${trace.queue ? trace.queue.max_consumers : "?"} busy`);
    said("router inside", "⇶");
    const room = Math.floor(this.plan.places.undelivered.width / 8.2) - 13;
    said("undelivered", cut(` · ${counts.undelivered}${whyFell(trace, tokens)}`, room));
    said("cut off", ` · ${counts.cutOff}`);
    const sums = this.plan.places.collectors.map(() => ({ service: 0, ok: 0, error: 0 }));
    for (const [key, each] of counts.collectors) {
      const sum = sums[this.rows.get(key) ?? sums.length - 1];
      for (const name of Object.keys(sum)) sum[name] += each[name];
    }
    sums.forEach(({ service, ok, error }, row) => {
      said(`collector ${row}`, service ? `${service} in service` : "");
      said(`Ok ${row}`, `✓ ${ok} Ok`);
      said(`Error ${row}`, `✗ ${error} ${error === 1 ? "Error" : "Errors"}`);
      texts[`Error ${row}`].parentNode.classList.toggle("ec-some", error > 0);
      texts[`Ok ${row}`].parentNode.classList.toggle("ec-some", ok > 0);
    });
    texts.undelivered.classList.toggle("ec-some", counts.undelivered > 0);
    this.occupy(trace, lanes, counts);
  }

  occupy(trace, lanes, { service }) {
    this.lanes.forEach(({ group, busy }, n) => {
      const at = lanes.get(n + 1);
      const bar = isBar(trace.lanes);
      const text = bar ? `${service} of ${trace.lanes}` : at === undefined ? "" : trace.events[at].text;
      group.classList.toggle("ec-on", bar ? service > 0 : at !== undefined);
      if (busy.textContent !== text) busy.firstChild.textContent = cut(text, 15);
    });
  }

  /** Put a token where it is, or let it begin to glide there. */
  place(trace, id, token, at, now) {
    let drawn = this.tokens.get(id);
    if (!drawn) {
      const parent = token.copy ? this.tokens.get(`${token.event} 0`) : null;
      const from = parent ? [parent.x, parent.y] : [source(this.plan).x, source(this.plan).y];
      const fresh = token.place === "buffer" || token.place === "parked" || parent || token.from === "publisher";
      drawn = { x: fresh ? from[0] : at.x, y: fresh ? from[1] : at.y, was: parent ? parent.was : "publisher" };
      drawn.group = this.token(trace.events[token.event], token, trace.queue?.order === "PRIORITY");
      this.tokens.set(id, drawn);
      this.above.append(drawn.group);
    }
    const { group } = drawn;
    const state = `ec-token ec-at-${token.place.replace(" ", "-")}${at.small ? " ec-small" : ""}`;
    const next = token.place === "buffer" && token.slot === 0;
    const name = next ? `${state} ec-next` : state;
    if (drawn.name !== name) group.setAttribute("class", (drawn.name = name));
    const visibility = at.hidden ? "hidden" : "visible";
    if (drawn.visibility !== visibility) group.style.visibility = drawn.visibility = visibility;
    if (drawn.toX !== at.x || drawn.toY !== at.y) {
      const lane = (trace.events[token.event].consumer ?? 1) - 1;
      const spots = drawn.was === token.place ? [] : between(this.plan, drawn.was, token.place, lane);
      // One that is still on its way goes all of it, so that none leaps past a place.
      const rest = drawn.path && drawn.was !== token.place ? drawn.path.slice(drawn.leg + 1) : [];
      drawn.path = [{ x: drawn.x, y: drawn.y }, ...rest, ...spots, at];
      drawn.began = now;
      drawn.leg = 0;
      drawn.seconds = this.secondsFor(trace.events[token.event], token, drawn.path.length - 1);
      [drawn.toX, drawn.toY] = [at.x, at.y];
    }
    if (drawn.was !== token.place) group.setAttribute("aria-label", label(trace, token));
    drawn.was = token.place;
  }

  /** A token: its shape, and beside it a short text. */
  token({ text, delivery, priority }, { event, copy }, ordered) {
    const ranked = ordered && priority !== null; // in a queue that takes no notice of it, it says nothing
    const group = make("g", { class: "ec-token", tabindex: -1, role: "button" });
    group.dataset.event = event;
    group.append(make("rect", { width: CHIP.width, height: CHIP.height, rx: 6, class: "ec-chip" }));
    const mark = shape(delivery);
    mark.setAttribute("transform", "translate(13 13)");
    const most = ranked ? 6 : 9;
    group.append(mark, this.text(26, 17.5, cut(text, most), "ec-short"));
    if (ranked) group.append(this.text(CHIP.width - 5, 17.5, `p${priority}`, "ec-prio"));
    group.append(this.text(CHIP.width - 5, 18, "", "ec-sign"));
    group.dataset.copy = copy;
    return group;
  }

  /** How long a token glides: by the clock no longer than it stays where it goes. */
  secondsFor({ taken, finished }, { place }, legs) {
    const usual = (0.6 / Math.max(1, this.speed / 4)) * (0.4 + 0.6 * legs);
    const inService = place === "collector" || place === "router";
    if (!this.clock || !inService || finished === null) return usual;
    return Math.min(usual, Math.max(0.3, (0.6 * (finished - taken)) / this.speed));
  }

  /** Let every token glide on; whether one still does. */
  glide(now) {
    const atOnce = this.quick || this.still.matches;
    let moving = false;
    for (const each of this.tokens.values()) {
      if (!each.path) continue;
      const legs = each.path.length - 1;
      const share = atOnce ? 1 : Math.min(1, (now - each.began) / 1000 / each.seconds);
      const leg = (each.leg = Math.min(legs - 1, Math.floor(share * legs)));
      const within = ease(share * legs - leg);
      const [a, b] = [each.path[leg], each.path[leg + 1]];
      [each.x, each.y] = [a.x + (b.x - a.x) * within, a.y + (b.y - a.y) * within];
      each.group.setAttribute("transform", `translate(${each.x.toFixed(1)} ${each.y.toFixed(1)})`);
      if (share >= 1) each.path = null;
      else moving = true;
    }
    return moving;
  }

  drop(id, { group }) {
    this.tokens.delete(id);
    group.remove();
  }
}

const ease = (share) => (share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2);

/** 1 of how many tokens is drawn. */
export const shareOf = (count) => SHARES.find((each) => count / each <= MOST) ?? SHARES.at(-1);

/** Of the one that fell out last, why. */
function whyFell(trace, tokens) {
  let last = null;
  for (const each of tokens)
    if (each.place === "undelivered" && (!last || each.thing > last.thing)) last = each;
  if (!last) return "";
  return ` · ${cut(trace.events[last.event].text, 12)}: ${cut(whyNobody(trace, last.event), 46)}`;
}

/** The collectors that have a place: those that are there, and those that gave results. */
function keysOf(trace, n) {
  if (!trace.gave) {
    trace.gave = new Set();
    for (const { taken, results } of trace.events)
      for (const { key, outcome } of results)
        if (taken !== null && outcome !== "undelivered") trace.gave.add(key ?? "");
  }
  return [...new Set([...collectorsAt(trace, n).map(({ key }) => key), ...trace.gave])];
}
