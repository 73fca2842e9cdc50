/* How far what happened can be seen. What a token on its way is about to do is told when it has done
 * it, and it is counted where it is drawn: so counts are of the picture, and the picture of the counts. */

import { frameAfter } from "./frame.js";
import { CHIP } from "./layout.js";

const SMALL = 7; // from a small token's corner to its middle
const HURRY = 0.25; // seconds in which one comes to its end whose consumer goes on

/** Where those wait among whom the middle of a token is: "buffer", "parked", or null. */
function within({ places }, { x, y, small }) {
  const [across, down] = small ? [SMALL, SMALL] : [CHIP.width / 2, CHIP.height / 2];
  const [left, top] = [x + across, y + down];
  const holds = (box) =>
    box && left > box.x && left < box.x + box.width && top > box.y && top < box.y + box.height;
  return ["buffer", "parked"].find((name) => holds(places[name])) ?? null;
}

/** What a token does on a way of so many legs that ends at it, the first `rest` of which it had to go
 * already: for each thing that happened to its payload since, after which leg it has done that
 * (`leg`), and counts (`counts`; before that, once it waits, or has set out from where it waited). */
export function stopsOf({ place, key, thing, event }, since, { when }, legs, rest) {
  const isTaken = place === "collector" || place === "router";
  const waits = place === "buffer" || place === "parked";
  const lane = waits ? legs : Math.min(legs, rest + 1); // the first place that it comes to
  const at = {
    accepted: { leg: lane, counts: lane, enters: true },
    taken: { leg: isTaken ? legs : Math.max(lane, legs - 1), counts: lane, leaves: rest },
    finished: { leg: legs, counts: legs, leaves: place === "cut off" ? rest : Infinity },
  };
  const into = place === "collector" || place === "Ok" || place === "Error" ? (key ?? "") : null;
  return Object.entries(at).flatMap(([kind, stop]) => {
    const n = when[kind][event];
    return n > since && n <= thing ? [{ leaves: Infinity, ...stop, thing: n, kind, into, counted: false }] : [];
  });
}

/** The same where the first legs are gone, and the way goes on from there. */
export const later = (stop, gone) => ({
  ...stop,
  leg: stop.leg - gone,
  counts: stop.counts - gone,
  leaves: stop.leaves - gone,
});

/** Take out what a token has done that has gone so many legs, and count what counts by now. It waits
 * once it is where those are who wait, and no longer than until it has left them. */
export function comeTo(token, gone, plan) {
  const { stops, visibility } = token;
  token.gone = gone;
  while (stops.length && gone >= stops[0].leg) stops.shift();
  const inside = visibility === "hidden" ? undefined : within(plan, token);
  if (inside) token.waits = inside;
  else if (inside === null && token.waits && plan.places.parked) token.waits = "parked"; // between both
  for (const stop of stops) {
    if (stop.enters && inside) stop.counted = true;
    if (gone >= stop.leaves && inside === null && token.waits) stop.counted = true;
    stop.counted ||= gone >= stop.counts;
    if (!stop.counted) return;
  }
}

/** What can be seen of the first `n` things:
 *
 * - `told`: how many are told of;
 * - `unseen`: by payload the first of its things that is not counted yet, nor any after it;
 * - `coming`: by collector, how many that were taken are still on their way to it;
 * - `crossing`: the payloads that are on their way to their lane;
 * - `parked`: how many are drawn where the parked ones are;
 * - `key`: all that as one text.
 *
 * `brisk`: whether so much happens that nothing can be followed. */
export function standing(tokens, { when, events }, n, brisk) {
  let told = n;
  const unseen = new Map();
  for (const { event, stops } of tokens) {
    if (!stops.length) continue;
    told = Math.min(told, stops[0].thing);
    const stop = stops.find(({ counted }) => !counted);
    if (stop) unseen.set(event, Math.min(stop.thing, unseen.get(event) ?? Infinity));
  }
  const isSeen = (thing, event) => thing < n && !(unseen.get(event) <= thing);
  if (unseen.size && !brisk) comeAfter(tokens, unseen, { when, events }, n);
  if (unseen.size) goBefore(tokens, unseen, { when, events }, n);
  const coming = new Map();
  const crossing = new Set();
  let parked = 0;
  for (const { event, copy, stops, gone, waits } of tokens) {
    if (!stops.length && waits !== "parked") continue;
    const done = isSeen(when.finished[event], event);
    const taken = isSeen(when.taken[event], event);
    if (!taken && !done && !copy && waits === "parked" && isSeen(when.accepted[event], event)) parked += 1;
    const stop = taken && !done && stops.find(({ kind }) => kind === "taken");
    if (!stop) continue;
    if (stop.into !== null) coming.set(stop.into, (coming.get(stop.into) ?? 0) + 1);
    if (!(gone >= stop.counts)) crossing.add(event);
  }
  const key = [told, [...unseen], [...coming], [...crossing], parked].join("|");
  return { told, unseen, coming, crossing, parked, key };
}

/** A consumer has one at a time: the next one counts once the one before has come to its end. But
 * where the next one is done, too, nobody can follow that. */
function comeAfter(tokens, unseen, { when, events }, n) {
  const done = new Map(); // by consumer: when it took the last one that is done
  for (const { event } of tokens) {
    const [{ consumer }, taken] = [events[event], when.taken[event]];
    const isDone = consumer !== null && when.finished[event] < n;
    if (isDone) done.set(consumer, Math.max(taken, done.get(consumer) ?? taken));
  }
  const ends = new Set(); // the consumers of which that one has not come to its end
  for (const event of unseen.keys())
    if (when.taken[event] === done.get(events[event].consumer)) ends.add(events[event].consumer);
  if (!ends.size) return;
  for (const { event } of tokens) {
    const [{ consumer }, taken] = [events[event], when.taken[event]];
    const waits = taken < n && ends.has(consumer) && taken > done.get(consumer);
    if (waits) unseen.set(event, Math.min(taken, unseen.get(event) ?? taken));
  }
}

/** Whoever is still on its way to its end counts as done once the next one of its consumer is taken. */
function goBefore(tokens, unseen, { when, events }, n) {
  const last = new Map(); // by consumer: when it took the one that it has now
  for (const { event } of tokens) {
    const [{ consumer }, taken] = [events[event], when.taken[event]];
    if (consumer === null || taken >= Math.min(n, unseen.get(event) ?? n)) continue;
    last.set(consumer, Math.max(taken, last.get(consumer) ?? taken));
  }
  for (const event of unseen.keys())
    if (when.taken[event] < last.get(events[event].consumer)) unseen.delete(event);
}

/** Have a token come to where it goes within a moment. */
export function hurry(token, now) {
  const gone = (now - token.began) / 1000;
  if (!token.path || token.seconds - gone <= HURRY) return;
  const share = Math.max(0, gone / token.seconds);
  token.seconds = HURRY / (1 - share);
  token.began = now - share * token.seconds * 1000;
}

/** A frame with the counts and lanes of what can be seen; `all`: whether all tokens are drawn. */
export function asSeen(trace, frame, since, { unseen, coming, crossing, parked }, all) {
  const seen = unseen.size ? frameAfter(trace, frame.n, since, unseen) : frame;
  if (!coming.size && !crossing.size && (!all || parked === seen.counts.parked)) return seen;
  const [counts, lanes] = [{ ...seen.counts }, new Map(seen.lanes)];
  for (const [key, many] of coming) {
    const at = counts.collectors.get(key);
    if (at) at.service = Math.max(0, at.service - many);
  }
  for (const event of crossing) {
    const { consumer } = trace.events[event];
    if (lanes.get(consumer) === event) lanes.delete(consumer);
  }
  if (all) Object.assign(counts, { parked, buffer: counts.waiting - parked });
  return { ...seen, counts, lanes };
}
