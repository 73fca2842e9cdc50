/* Where every payload is at a moment of a trace, and every count. Pure: the same trace and the same
 * moment give the same frame, in whatever order moments are asked for.
 *
 * A payload is in one place: "buffer", "parked" (its collector is full), "router", or one of the ends
 * "undelivered" and "cut off". Once it is divided it is in one place per collector that gets it:
 * "collector", then "Ok" or "Error". It is divided when a consumer takes it, if the default router
 * chooses; with another router, when its results are there, since nobody can tell before. */

import { gets } from "./reasons.js";

const NOBODY = "";

/** The collectors at a place in the order of things. */
export function collectorsAt(trace, n) {
  let found = [];
  for (const { time, collectors } of trace.changes) if (time === null) found = collectors;
  for (const at of changesOf(trace)) if (at < n) found = trace.things[at].change.collectors;
  return found;
}

/** Where in the order of things other collectors come. */
function changesOf(trace) {
  trace.changed ??= trace.things.flatMap(({ kind }, n) => (kind === "changed" ? [n] : []));
  return trace.changed;
}

/** Who gets an event, as copies `{key, outcome, text}`; null: it is not divided before it is done.
 * `n` is the place in the order of things at which that is asked. */
export function receivers(trace, n, event) {
  if (!trace.queue?.chooses) return null;
  const { results, taken, finished } = event;
  // Who was cut off before its turn waited for those that would have got it.
  if (finished !== null && taken !== null) {
    const told = results.filter(({ key, outcome }) => key !== null && outcome !== "undelivered");
    return told.length ? told : null;
  }
  const got = collectorsAt(trace, n).filter((each) => gets(event, each));
  return got.length ? got.map(({ key }) => ({ key, outcome: null, text: "" })) : null;
}

/** What is known after so many things, kept so that no frame begins at the beginning. */
function checkpoints(trace) {
  const { things } = trace;
  trace.kept ??= { every: Math.max(256, Math.ceil(things.length / 64)), tallies: [newTally()] };
  const { every, tallies } = trace.kept;
  while (tallies.length * every <= things.length) {
    const tally = copyOf(tallies.at(-1));
    const from = (tallies.length - 1) * every;
    for (let n = from; n < from + every; n++) count(trace, tally, n);
    tallies.push(tally);
  }
  return trace.kept;
}

const newTally = () => ({
  ...{ accepted: 0, taken: 0, finished: 0, undelivered: 0, cutOff: 0, left: 0 },
  alive: new Set(),
  collectors: new Map(),
  fallen: [], // of those that fell out last, the events and the things
  note: "",
});

const FALLEN = 24; // so many lie in the trays

const copyOf = (tally) => ({
  ...tally,
  alive: new Set(tally.alive),
  fallen: [...tally.fallen],
  collectors: new Map([...tally.collectors].map(([key, each]) => [key, { ...each }])),
});

/** What one collector has given, and has in service. */
function of(tally, key) {
  let found = tally.collectors.get(key ?? NOBODY);
  if (!found) tally.collectors.set(key ?? NOBODY, (found = { service: 0, ok: 0, error: 0 }));
  return found;
}

/** Count one more thing. */
function count(trace, tally, n) {
  const { kind, event: at, change } = trace.things[n];
  if (kind === "noted") tally.note = change.text;
  if (kind === "counted") add(tally, change);
  if (at === undefined) return;
  tally[kind] += 1;
  if (kind === "accepted") tally.alive.add(at);
  if (kind !== "finished") return;
  tally.alive.delete(at);
  const { results, taken } = trace.events[at];
  const fell = taken === null || results.some(({ outcome }) => outcome === "undelivered");
  if (fell && tally.fallen.push(n) > FALLEN) tally.fallen.shift();
  if (taken === null) return void (tally.cutOff += 1);
  for (const { key, outcome } of results) {
    if (outcome === "undelivered") tally.undelivered += 1;
    else of(tally, key)[outcome === "Ok" ? "ok" : "error"] += 1;
  }
}

/** Count payloads that are not told of one by one. */
function add(tally, { collectors, ...counts }) {
  for (const name of ["accepted", "taken", "finished", "undelivered", "cutOff"]) tally[name] += counts[name];
  // What was done before the first thing is counted, but was never here to be drawn.
  tally.left += counts.accepted - (counts.time === 0 ? counts.finished : 0);
  for (const [key, ok, error] of collectors) {
    of(tally, key).ok += ok;
    of(tally, key).error += error;
  }
}

const ALL = new Map();

/** The tally after so many things, without those that are not seen. */
function tallyAfter(trace, n, unseen) {
  const { every, tallies } = checkpoints(trace);
  const from = Math.floor(Math.min(n, ...unseen.values()) / every);
  const tally = copyOf(tallies[from]);
  for (let each = from * every; each < n; each++)
    if (isSeen(trace, each, unseen)) count(trace, tally, each);
  return tally;
}

/** Whether a thing is seen: an event is seen up to one of its things, or all of it. */
const isSeen = ({ things }, n, unseen) => !(unseen.size && unseen.get(things[n].event) <= n);

/** How many things have happened at a time, counted in seconds since another one. */
export function thingsAt(trace, time, since = 0) {
  let low = 0;
  let high = trace.times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trace.times[middle] - since <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Everything at a time, in seconds; see `frameAfter`. */
export const frame = (trace, time, since = 0) => frameAfter(trace, thingsAt(trace, time), since);

/** Everything after so many things.
 *
 * `since`: of the payloads that are done, those that were not yet after so many things have tokens,
 * and the last of those that fell out.
 * `unseen`: by event its first thing that counts as not having happened yet, nor any after it.
 * A token is `{event, copy, place, key, from, thing, slot}`: which event, which of its copies, where it
 * is, of which collector, where it was before, by which thing it got here, and its turn in that place. */
export function frameAfter(trace, n, since = 0, unseen = ALL) {
  const tally = tallyAfter(trace, n, unseen);
  const tokens = [];
  const lanes = new Map(); // by consumer: the event that it has
  const waiting = [];
  for (const at of tally.alive) {
    const event = trace.events[at];
    if (trace.when.taken[at] >= Math.min(n, unseen.get(at) ?? n)) {
      waiting.push(at);
      continue;
    }
    lanes.set(event.consumer, at);
    const copies = receivers(trace, trace.when.taken[at], event);
    const moved = { from: "buffer", thing: trace.when.taken[at] };
    if (copies === null) tokens.push(token(at, 0, "router", null, moved));
    else
      copies.forEach(({ key }, copy) => {
        of(tally, key).service += 1;
        tokens.push(token(at, copy, "collector", key, moved));
      });
  }
  const parked = wait(trace, n, tally, waiting, tokens);
  for (const thing of tally.fallen) if (thing < since) leave(trace, thing, tokens);
  for (let thing = since; thing < n; thing++) if (isSeen(trace, thing, unseen)) leave(trace, thing, tokens);
  number(tokens);
  return { n, time: n ? trace.times[n - 1] : null, tokens, lanes, ...told(trace, n, tally, parked) };
}

const token = (event, copy, place, key, { from, thing }) => ({
  ...{ event, copy, place, key, from, thing, slot: 0 },
});

/** Put those that wait into the buffer, in the order in which they will be taken, or park them.
 * Returns how many are parked. */
function wait(trace, n, tally, waiting, tokens) {
  const { queue, when } = trace;
  // Of a queue that is not known the order is known afterwards only.
  const order = queue ? trace.goesFirst : (a, b) => when.taken[a] - when.taken[b] || a - b;
  waiting.sort((a, b) => order(a, b) || a - b);
  const full = new Set();
  for (const { key, most } of collectorsAt(trace, n))
    if (most !== null && (tally.collectors.get(key)?.service ?? 0) >= most) full.add(key);
  let parked = 0;
  for (const at of waiting) {
    const waits = full.size && receivers(trace, n, trace.events[at])?.some(({ key }) => full.has(key));
    if (waits) parked += 1;
    const moved = { from: "publisher", thing: when.accepted[at] };
    tokens.push(token(at, 0, waits ? "parked" : "buffer", null, moved));
  }
  return parked;
}

/** The tokens of a payload that is done by a thing. */
function leave(trace, thing, tokens) {
  const { kind, event: at } = trace.things[thing];
  if (kind !== "finished") return;
  const { results, taken } = trace.events[at];
  if (taken === null) {
    tokens.push(token(at, 0, "cut off", null, { from: "buffer", thing }));
    return;
  }
  const copies = receivers(trace, trace.when.taken[at], trace.events[at]);
  const from = copies === null ? "router" : "collector";
  results.forEach(({ key, outcome }, copy) =>
    tokens.push(token(at, copy, outcome, key, { from, thing })),
  );
}

/** Give each token its turn among those in its place. */
function number(tokens) {
  const turns = new Map();
  for (const each of tokens) {
    const place = `${each.place} ${each.key ?? ""}`;
    each.slot = turns.get(place) ?? 0;
    turns.set(place, each.slot + 1);
  }
}

/** The counts, and what is to be said of the queue in words. */
function told(trace, n, tally, parked) {
  const service = tally.taken - (tally.finished - tally.cutOff);
  const waiting = tally.accepted - tally.finished - service;
  const counts = {
    accepted: tally.accepted,
    waiting,
    buffer: waiting - parked,
    parked,
    service,
    finished: tally.finished,
    undelivered: tally.undelivered,
    cutOff: tally.cutOff,
    left: tally.left, // of the accepted, those that are counted only, and have no tokens
    unseen: Math.max(0, waiting + service - tally.alive.size), // of those that are here now, the same
    collectors: tally.collectors, // by key; "" where nobody told whose result it is
  };
  const words = tally.note ? [tally.note] : [];
  const most = trace.queue?.max_queued ?? null;
  if (most !== null && waiting >= most)
    words.push(`full: ${waiting.toLocaleString("en")} queued of ${most.toLocaleString("en")}, so senders wait for room`);
  const last = trace.things[n - 1];
  if (tally.cutOff && last?.kind === "finished" && trace.events[last.event].taken === null)
    words.push("cut off: the queue was shut down before this payload's turn");
  return { counts, words };
}
