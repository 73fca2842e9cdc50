/* Reads the JSON of a trace (see format.py), and puts all that happens in it in order.
 *
 * Times are seconds since the first event was accepted. An event is known by its place in `events`.
 * What happens is a list of things: `{time, kind, event}`, kind being "accepted", "taken" or
 * "finished"; "changed" for other collectors and "noted" for a note, which have no event. */

const DELIVERIES = { b: "broadcast", k: "key", t: "topic", o: "other" };
const OUTCOMES = ["Ok", "Error", "undelivered"];

const seconds = (micros) => (micros === null ? null : micros / 1e6);

/** The collectors of a change, or of the beginning. */
function collectorsOf(listed) {
  return listed.map(([key, topics, most]) => ({ key, topics, most }));
}

/** One row of the JSON as an event. */
export function readEvent(row, tables) {
  const [id, text, route, accepted, waited, responded, consumer, way, ...texts] = row;
  const [letter, keys, topics, priority] = tables.routes[route];
  const results = (way === null ? [] : tables.ways[way]).map(([key, outcome], n) => ({
    key,
    outcome: OUTCOMES[outcome],
    text: tables.texts[texts[n]],
  }));
  return {
    id,
    text,
    delivery: DELIVERIES[letter] ?? "other",
    keys,
    topics,
    priority: typeof priority === "string" ? BigInt(priority) : priority,
    accepted: seconds(accepted),
    taken: waited === null ? null : seconds(accepted + waited),
    finished: responded === null ? null : seconds(accepted + responded),
    consumer,
    results,
  };
}

/** A trace as the page uses it. */
export function readTrace(said) {
  const queue = said.queue && { ...said.queue };
  if (queue && typeof queue.default_priority === "string")
    queue.default_priority = BigInt(queue.default_priority);
  const changes = said.changes.map(([time, listed]) => ({
    time: seconds(time),
    collectors: collectorsOf(listed),
  }));
  const notes = said.notes.map(([time, text]) => ({ time: seconds(time), text }));
  return ordered({ queue, changes, notes, events: said.events.map((row) => readEvent(row, said)) });
}

/** Which of two events waiting goes first, by the queue's order: negative if the first does. */
export function comparing({ queue, events }) {
  if (queue?.order === "LIFO") return (a, b) => b - a;
  if (queue?.order !== "PRIORITY") return (a, b) => a - b;
  const rank = (at) => events[at].priority ?? queue.default_priority;
  return (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a - b);
}

/** Everything that happens, in order; and of each event when, as places in that order. */
export function ordered(trace) {
  const { events, changes, notes } = trace;
  const goesFirst = comparing(trace);
  const moments = new Map(); // by time: what happens then
  const at = (time) => {
    let found = moments.get(time);
    if (!found) moments.set(time, (found = { other: [], accepted: [], taken: [], finished: [] }));
    return found;
  };
  for (const each of changes) if (each.time !== null) at(each.time).other.push(["changed", each]);
  for (const each of notes) at(each.time).other.push(["noted", each]);
  events.forEach((event, n) => {
    at(event.accepted).accepted.push(n);
    if (event.taken !== null) at(event.taken).taken.push(n);
    if (event.finished !== null) at(event.finished).finished.push(n);
  });
  const things = [];
  for (const time of [...moments.keys()].sort((a, b) => a - b))
    inOneMoment(trace, time, moments.get(time), goesFirst, things);
  const none = () => new Float64Array(events.length).fill(Infinity);
  const when = { accepted: none(), taken: none(), finished: none() };
  things.forEach(({ kind, event }, n) => {
    if (event !== undefined) when[kind][event] = n;
  });
  const times = Float64Array.from(things, (each) => each.time);
  return { ...trace, things, when, times, goesFirst, lanes: lanesOf(trace) };
}

/** Orders what happens at one time, as nobody could tell by the clock: an event is accepted before
 * it is taken and taken before it is finished, and a consumer has one at a time. */
function inOneMoment(trace, time, { other, accepted, taken, finished }, goesFirst, things) {
  const { events } = trace;
  const emit = (kind, event) => things.push({ time, kind, event });
  for (const [kind, change] of other) things.push({ time, kind, change });
  const ends = new Set(finished);
  const isLater = (n) => events[n].taken === time; // it is taken now, and finished only after that
  const isCutOff = (n) => events[n].taken === null && events[n].accepted === time;
  const cutOff = finished.filter(isCutOff);
  for (const n of finished) if (!isLater(n) && !isCutOff(n)) emit("finished", n);
  for (const n of accepted) emit("accepted", n);
  for (const n of cutOff) emit("finished", n);
  const lanes = new Map(); // by consumer: what it takes now, in its order
  for (const n of taken) {
    const lane = events[n].consumer ?? `none ${n}`;
    if (!lanes.has(lane)) lanes.set(lane, []);
    lanes.get(lane).push(n);
  }
  const last = (n) => (ends.has(n) ? 0 : 1); // what a consumer goes on with comes last
  for (const lane of lanes.values())
    lane.sort((a, b) => last(b) - last(a) || goesFirst(b, a)); // taken from the end
  while (lanes.size) {
    let next = null;
    for (const lane of lanes.values())
      if (next === null || goesFirst(lane.at(-1), next.at(-1)) < 0) next = lane;
    const n = next.pop();
    emit("taken", n);
    if (ends.has(n)) emit("finished", n);
    if (!next.length) lanes.delete(events[n].consumer ?? `none ${n}`);
  }
}

/** How many consumers there are at most, as far as anybody knows. */
function lanesOf({ queue, events }) {
  let seen = 0;
  for (const { consumer } of events) seen = Math.max(seen, consumer ?? 0);
  if (queue && queue.max_consumers <= 16) return Math.max(queue.max_consumers, seen);
  return Math.max(seen, queue ? queue.max_consumers : 1);
}
