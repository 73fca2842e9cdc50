/* Draws the places that payloads go through, and what is counted there. The tokens are in drawing.js. */

import { collectorsAt } from "./frame.js";
import { isBar, layout, numbered, rowsOf, turns } from "./layout.js";
import { cut, inTwo, make, textAt, tspan, useFont, visible, widthOf } from "./svg.js";
import { many, whyNobody } from "./telling.js";

const [PLAIN, BOLD, LEAST, HEAD] = ["13.5px", "600 13.5px", "13px", "700 14px"]; // as the sheet of style says
const [NAMED, COUNTED] = ["600 14px", "14px"]; // the name of a place, and its count
const NAMES = { undelivered: "undelivered", "cut off": "cut off", parked: "parked: its collector is full" };

export class Scenery {
  constructor(svg) {
    this.svg = svg;
    this.key = "";
  }

  /** Draw the places anew, if they are others than before; whether they are. */
  lay(trace, n, form) {
    const keys = keysOf(trace, n);
    const parks = trace.changes.some(({ collectors }) => collectors.some(({ most }) => most !== null));
    const { cuts } = trace;
    const { shown, more } = rowsOf(keys);
    const parts = { rows: Math.max(1, shown.length + (more ? 1 : 0)), lanes: trace.lanes, parks, cuts };
    const key = JSON.stringify([keys, trace.lanes, parks, cuts, form, trace.queue?.order]);
    this.rows = new Map(shown.map((each, row) => [each, row]));
    if (key === this.key) return false;
    this.key = key;
    useFont(this.svg);
    this.plan = layout(parts, form);
    this.svg.setAttribute("viewBox", `0 0 ${this.plan.width} ${this.plan.height}`);
    this.svg.classList.toggle("ec-narrow", form !== "");
    this.svg.replaceChildren();
    this.texts = {};
    this.names = [];
    this.groups = {};
    this.numbered = null;
    const router = trace.queue?.router ?? "not known";
    this.router = router === "SimpleRouter" ? "" : cut(router, this.plan.places.router.width - 4, LEAST);
    this.drawPlaces(trace, collectorsAt(trace, n), shown, more);
    return true;
  }

  drawPlaces(trace, collectors, shown, more) {
    const { places } = this.plan;
    this.drawWays();
    for (const [name, at] of Object.entries(places)) if (!Array.isArray(at)) this.box(name, name, at);
    const order = trace.queue ? trace.queue.order : "order not known";
    this.head("buffer", this.plan.slim && trace.queue ? order : `buffer · ${order}`);
    this.turns = turns(this.plan).map(({ x, y }, n) => {
      const text = textAt(x, y, n ? String(n + 1) : "next", `ec-turn ec-end${n ? "" : " ec-first"}`);
      this.svg.append(text);
      return text;
    });
    for (const name of Object.keys(NAMES)) if (places[name]) this.head(name, this.plan.slim ? name : NAMES[name]);
    if (this.plan.between) {
      const { x, y } = places.undelivered;
      this.texts.why = textAt(x + 9, y + 38, "", "ec-soft ec-least");
      this.svg.append(this.texts.why);
      if (this.plan.narrow && !this.plan.slim) this.svg.append((this.texts.whyMore = textAt(x + 9, y + 53, "", "ec-soft ec-least")));
    }
    this.drawLanes(trace);
    const topics = new Map(collectors.map((each) => [each.key, each.topics]));
    places.collectors.forEach((at, row) => {
      const key = row < shown.length ? shown[row] : null;
      const name = key === null ? (more ? `${more} more collectors` : "no collectors") : key || "nobody told";
      const heard = topics.get(key)?.length ? ` · ${topics.get(key).join(", ")}` : "";
      const group = this.box(`collector ${key ?? ""}`, "collector", at);
      const said = textAt(at.x + 9, at.y + 17, "", "ec-key");
      said.append(tspan("", "ec-soft"));
      const right = textAt(at.x + at.width - 8, at.y + 17, "", "ec-soft ec-end");
      group.append(said, right);
      const parts = { key: said.firstChild, heard: said.lastChild, right: right.firstChild };
      this.names[row] = { ...parts, name: visible(name), topics: visible(heard), width: at.width };
      this.drawEnds(places.ends[row], row);
    });
  }

  drawEnds(ends, row) {
    for (const [name, at] of Object.entries(ends)) {
      const group = make("g", { class: `ec-out ec-${name}` });
      group.append(make("rect", { ...at, rx: name === "Ok" ? at.height / 2 : 2 }));
      const text = textAt(at.x + at.width / 2, at.y + at.height / 2 + 4.5, "", "ec-middle");
      this.texts[`${name} ${row}`] = text;
      group.append(text);
      this.svg.append(group);
    }
  }

  /** The lines that payloads follow. */
  drawWays() {
    const { places, narrow } = this.plan;
    const middle = (at) => at.y + at.height / 2;
    const out = (at) => [at.x + at.width, middle(at)];
    const into = (at) => [at.x, middle(at)];
    const way = ([a, b], [c, d]) => {
      const bend = Math.max(14, (c - a) / 2);
      this.svg.append(make("path", { class: "ec-way", d: `M${a} ${b}C${a + bend} ${b} ${c - bend} ${d} ${c} ${d}` }));
    };
    const { publisher, buffer } = places;
    const { router, undelivered, consumers } = places;
    const [x, y] = [router.x + router.width / 2, router.y + router.height];
    const line = (d, name = "ec-way") => this.svg.append(make("path", { class: name, d }));
    if (narrow) {
      line(`M${publisher.x + publisher.width} ${publisher.y + publisher.height / 2}H${buffer.x}`); // past no name
      line(`M${buffer.x} ${consumers.y + consumers.height / 2}H${consumers.x + consumers.width}`);
      line(`M${x} ${consumers.y + consumers.height}V${router.y}`);
      const { rail } = this.plan;
      line(`M${x} ${y}V${rail ? `${rail.y}H${rail.x}V${middle(places.collectors.at(-1))}` : places.collectors[0].y}`);
      if (rail) for (const each of places.collectors) line(`M${rail.x} ${middle(each)}H${each.x}`);
      line(`M${router.x + router.width} ${y - router.height / 2}H${undelivered.x}`, "ec-way ec-falls");
    } else {
      way(out(publisher), into(buffer));
      way(out(buffer), into(consumers));
      way(out(consumers), into(router));
      line(`M${x} ${y}V${undelivered.y}`, "ec-way ec-falls");
    }
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
    if (name !== "collector") this.groups[name] = group; // whose name stands above it
    this.svg.append(group);
    if (name === "publisher" || name === "router") this.inside(group, name, at);
    return group;
  }

  /** How many were sent; and which router it is, if it is not the usual one. */
  inside(group, name, at) {
    const x = at.x + at.width / 2;
    const y = at.y + (name === "router" ? at.height / 2 + 8 : at.height * (at.height < 70 ? 0.42 : at.height < 90 ? 0.31 : 0.38));
    this.texts[`${name} inside`] = textAt(x, y, "", "ec-middle ec-big");
    const said = name === "router" ? this.router : "sent";
    const below = name === "router" ? at.y + at.height - 8 : y + 19;
    group.append(this.texts[`${name} inside`], textAt(x, below, said, "ec-middle ec-soft ec-least"));
  }

  /** The name of a place above it, with a count behind it. */
  head(name, said) {
    const at = this.plan.places[name];
    if (this.texts[name]) return void (this.texts[name].firstChild.textContent = said);
    const inside = name === "undelivered" || name === "cut off";
    const x = name === "router" ? at.x + at.width / 2 : at.x + (inside ? 9 : 0);
    const kind = name === "router" ? "ec-head ec-middle" : inside ? "ec-head ec-within" : "ec-head";
    const text = textAt(x, at.y + (inside ? 20 : -9), said, kind);
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
      group.append(textAt(at.x + 7, at.y + at.height / 2 + 4.5, name, "ec-soft"));
      const busy = textAt(at.x + besides(trace.lanes), at.y + at.height / 2 + 4.5, "", "ec-busy");
      group.append(busy);
      this.svg.append(group);
      return { group, busy };
    });
  }

  count(trace, { counts, lanes, tokens }) {
    const said = (name, text) => {
      const at = this.texts[name]?.lastChild;
      if (at && at.textContent !== text) at.textContent = visible(text);
    };
    const { texts } = this;
    said("publisher inside", many(counts.accepted));
    const full = trace.queue?.max_queued;
    const { slim, narrow } = this.plan;
    const { buffer, consumers, router } = this.plan.places;
    const waits = ` · ${many(counts.buffer)}`; // those that are parked are counted there
    const limit = full == null || slim || counts.parked ? "" : ` of ${many(full)}`; // of both together
    const ahead = (narrow ? this.plan.width : consumers.x) - buffer.x;
    said("buffer", this.fitting("buffer", ahead, [`${waits}${limit} waiting`, `${waits} waiting`, waits]));
    said("parked", ` · ${many(counts.parked)}`);
    // The limit may have been another when these were taken: there are as many as are busy.
    const most = trace.queue ? Math.max(trace.queue.max_consumers, counts.service) : "?";
    const serve = ` · ${many(counts.service)}`;
    const busy = `${serve}${slim ? "" : ` of ${many(most)}`}`;
    const beside = (narrow ? buffer.x : router.x) - consumers.x;
    said("consumers", this.fitting("consumers", beside, [`${busy}${narrow ? "" : " busy"}`, busy, serve]));
    said("router inside", "⇶");
    const room = this.plan.places.undelivered.width - 16;
    const why = whyFell(trace, tokens);
    if (this.plan.between) {
      const [first, second] = texts.whyMore ? inTwo(why, room, LEAST) : [why, ""];
      said("why", cut(first, room, LEAST));
      said("whyMore", cut(second, room, LEAST));
    }
    const more = why && !this.plan.between ? ` · ${why}` : "";
    said("undelivered", cut(` · ${many(counts.undelivered)}${more}`, room - widthOf(NAMES.undelivered, HEAD), HEAD));
    said("cut off", ` · ${many(counts.cutOff)}`);
    const sums = this.plan.places.collectors.map(() => ({ service: 0, ok: 0, error: 0 }));
    for (const [key, each] of counts.collectors) {
      const sum = sums[this.rows.get(key) ?? sums.length - 1];
      for (const name of Object.keys(sum)) sum[name] += each[name];
    }
    sums.forEach(({ service, ok, error }, row) => {
      this.nameCollector(row, service && !counts.unseen ? `${many(service)} in service` : "");
      said(`Ok ${row}`, `✓ ${many(ok)} Ok`);
      said(`Error ${row}`, `✗ ${many(error)} ${error === 1 ? "Error" : "Errors"}`);
      texts[`Error ${row}`].parentNode.classList.toggle("ec-some", error > 0);
      texts[`Ok ${row}`].parentNode.classList.toggle("ec-some", ok > 0);
    });
    for (const [name, group] of Object.entries(this.groups)) {
      const label = name === "publisher" ? `publisher · ${many(counts.accepted)} sent` : texts[name].textContent;
      if (group.getAttribute("aria-label") !== label) group.setAttribute("aria-label", label);
    }
    texts.undelivered.classList.toggle("ec-some", counts.undelivered > 0);
    this.occupy(trace, lanes, counts);
  }

  /** What is counted behind the name of a place: the first of these for which there is room up to the
   * next place. */
  fitting(name, room, texts) {
    const left = room - 6 - widthOf(this.texts[name].firstChild.textContent, NAMED);
    return texts.find((text) => widthOf(text, COUNTED) <= left) ?? texts.at(-1);
  }

  /** A collector's name and topics, cut where what is in service is written. */
  nameCollector(row, service) {
    const { key, heard, right, name, topics, width } = this.names[row];
    const room = width - 17 - (service ? widthOf(service, PLAIN) + 6 : 0);
    const left = room - widthOf(name, BOLD);
    const parts = [[right, service], [key, cut(name, room, BOLD)], [heard, left > 34 ? cut(topics, left, PLAIN) : ""]];
    for (const [part, text] of parts) if (part.textContent !== text) part.textContent = text;
  }

  /** Number the places in the buffer that are taken, where its tokens have their texts. */
  order({ left, buffer }, taken) {
    const count = left ? 0 : Math.min(taken, numbered(this.plan, buffer));
    if (count === this.numbered) return;
    this.numbered = count;
    this.turns.forEach((text, n) => n && text.classList.toggle("ec-none", n >= count));
  }

  /** The word at the place of who goes next, while that one is there. */
  showNext(shown) {
    this.turns?.[0]?.classList.toggle("ec-none", !shown);
  }

  /** Have the collectors with these keys, and no others, look in a certain way. */
  mark(name, keys) {
    for (const group of this.svg.querySelectorAll(".ec-place.ec-collector"))
      group.classList.toggle(name, keys.has(group.dataset.place.slice("collector ".length)));
  }

  occupy(trace, lanes, { service }) {
    this.lanes.forEach(({ group, busy }, n) => {
      const at = lanes.get(n + 1);
      const bar = isBar(trace.lanes);
      const room = this.plan.places.lanes[n].width - besides(trace.lanes) - 4;
      const all = `${many(service)} of ${many(trace.lanes)}`;
      const count = widthOf(all, PLAIN) > room ? many(service) : all;
      const text = bar ? count : at === undefined ? "" : trace.events[at].text;
      group.classList.toggle("ec-on", bar ? service > 0 : at !== undefined);
      if (busy.textContent !== text) busy.firstChild.textContent = cut(text, room, PLAIN);
    });
  }
}

/** Where in a lane its payload's text begins: beside its number, if it has one. */
const besides = (lanes) => (isBar(lanes) ? 9 : lanes > 9 ? 30 : 26);

/** Of the one that fell out last, why. */
function whyFell(trace, tokens) {
  let last = null;
  for (const each of tokens)
    if (each.place === "undelivered" && (!last || each.thing > last.thing)) last = each;
  if (!last) return "";
  return `${cut(trace.events[last.event].text, 100, LEAST)}: ${whyNobody(trace, last.event)}`;
}

/** The collectors that have a place: those that are there, and those that gave results of what was
 * taken by then. Of a queue that is not known, all that ever give one. */
function keysOf(trace, n) {
  const gave = [...trace.gave].flatMap(([key, since]) => (since < n || !trace.queue ? [key] : []));
  return [...new Set([...collectorsAt(trace, n).map(({ key }) => key), ...gave])];
}
