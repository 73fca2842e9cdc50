/* Reads the JSON of a trace (see format.py), and puts all that happens in it in order.
 *
 * Times are seconds since the first event was accepted. An event is known by its place in `events`.
 * What happens is a list of things: `{time, kind, event}`, kind being "accepted", "taken" or
 * "finished"; "changed" for other collectors and "noted" for a note, which have no event; and "counted"
 * for payloads of a live queue that are not told of one by one, but counted. */

const DELIVERIES = { b: "broadcast", k: "key", t: "topic", o: "other" };
const OUTCOMES = ["Ok", "Error", "undelivered"];

const seconds = (micros) => (micros === null ? null : micros / 1e6);

/** The collectors of a change, or of the beginning. */
function collectorsOf(listed) {
  return listed.map(([key, topics, most]) => ({ key, topics, most }));
}

/** The results of an event, by the tables. */
function resultsOf(tables, way, texts) {
  return (way === null ? [] : tables.ways[way]).map(([key, outcome], n) => ({
    ...{ key, outcome: OUTCOMES[outcome], text: tables.texts[texts[n]] },
  }));
}

/** One row of the JSON as an event. */
export function readEvent(row, tables) {
  const [id, text, route, accepted, waited, responded, consumer, way, ...texts] = row;
  const [letter, keys, topics, priority] = tables.routes[route];
  const results = resultsOf(tables, way, texts);
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

/** The rows of events, whether they stand in rows or, as in a file, in columns: see format.py. */
export function rowsFrom({ events, ways }) {
  if (Array.isArray(events)) return events;
  const { text, given, ...others } = events;
  const all = (column, count) => (Array.isArray(column) ? column : Array(count).fill(column));
  const summed = (column, sum = 0) => column.map((more) => (sum += more));
  const { id, route, accepted, waited, served, consumer, way } = Object.fromEntries(
    Object.entries(others).map(([name, column]) => [name, all(column, text.length)]),
  );
  const [ids, times] = [summed(id), summed(accepted)];
  const results = way.reduce((sum, each) => sum + (each === null ? 0 : ways[each].length), 0);
  const places = summed(all(given, results));
  let from = 0;
  return text.map((said, n) => {
    const responded = served[n] === null ? null : (waited[n] ?? 0) + served[n];
    const to = from + (way[n] === null ? 0 : ways[way[n]].length);
    const row = [ids[n], said, route[n], times[n], waited[n], responded, consumer[n], way[n]];
    for (; from < to; from++) row.push(places[from]);
    return row;
  });
}

/** A trace as the page uses it. */
export function readTrace(said) {
  const queue = said.queue && { ...said.queue };
  if (queue && typeof queue.default_priority === "string")
    queue.default_priority = BigInt(queue.default_priority);
  const tables = { routes: [], ways: [], texts: [] };
  const trace = { queue, tables, changes: [], notes: [], events: [], gave: new Map(), cuts: false, lanes: 1 };
  if (queue) limit(trace, queue);
  Object.assign(trace, { things: [], times: [], when: { accepted: [], taken: [], finished: [] } });
  trace.goesFirst = comparing(trace);
  return more(trace, { ...said, events: rowsFrom(said).map((row, at) => [at, row]) });
}

/** What limits the queue, from now on. A consumer that had a payload keeps its lane. */
function limit(trace, { max_consumers, max_queued }) {
  Object.assign(trace.queue, { max_consumers, max_queued });
  trace.lanes = Math.max(1, max_consumers ?? 0);
  for (const { consumer } of trace.events) trace.lanes = Math.max(trace.lanes, consumer ?? 0);
}

/** Put into a trace what has happened since: new events as pairs of their place and their row, what is
 * new of known ones in columns, of tables, changes, notes and counts the new ones, and the queue's limits
 * if they are others. See feed.py. */
export function more(trace, { events, changes, notes, routes, ways, texts, ...live }) {
  const { tables } = trace;
  for (const [name, added] of Object.entries({ routes, ways, texts }))
    for (const each of added) tables[name].push(each);
  const added = { changes: [], notes: [], counts: [] };
  for (const [time, listed] of changes)
    added.changes.push({ time: seconds(time), collectors: collectorsOf(listed) });
  for (const [time, text] of notes) added.notes.push({ time: seconds(time), text });
  for (const [at, row] of events) trace.events[at] = readEvent(row, tables);
  for (const count of live.counts ?? []) added.counts.push(readCount(count));
  const moved = goOn(trace, live);
  for (const limits of live.limits ?? []) limit(trace, limits);
  trace.changes.push(...added.changes);
  trace.notes.push(...added.notes);
  const touched = [...new Set([...events.map(([at]) => at), ...moved])];
  order(trace, { ...added, events: touched });
  for (const at of touched) note(trace, at);
  trace.changed = null; // what was kept of it, and holds no more
  return trace;
}

/** Go on with events that are known. Returns their places. */
function goOn({ events, tables }, { taken = [], done = [] }) {
  const [places = [], waited, consumers] = taken;
  places.forEach((at, n) => {
    events[at].taken = seconds(Math.round(events[at].accepted * 1e6) + waited[n]);
    events[at].consumer = consumers[n];
  });
  const [ends = [], responded, ways, texts] = done;
  ends.forEach((at, n) => {
    events[at].finished = seconds(Math.round(events[at].accepted * 1e6) + responded[n]);
    events[at].results = resultsOf(tables, ways[n], texts[n]);
  });
  return [...places, ...ends];
}

/** What is counted beyond what is told. */
function readCount([time, accepted, taken, finished, undelivered, cutOff, collectors]) {
  return { time: seconds(time), accepted, taken, finished, undelivered, cutOff, collectors };
}

/** Keep what the picture needs to know of all events: who gave results, from which thing on, whether any was cut off, and
 * how many consumers there are at most, as far as anybody knows. */
function note(trace, at) {
  const { taken, finished, consumer, results } = trace.events[at];
  const since = trace.when.taken[at];
  trace.lanes = Math.max(trace.lanes, consumer ?? 0);
  if (taken === null) trace.cuts ||= finished !== null;
  else
    for (const { key, outcome } of results)
      if (outcome !== "undelivered")
        trace.gave.set(key ?? "", Math.min(since, trace.gave.get(key ?? "") ?? Infinity));
}

/** Which of two events waiting goes first, by the queue's order: negative if the first does. */
export function comparing({ queue, events }) {
  if (queue?.order === "LIFO") return (a, b) => b - a;
  if (queue?.order !== "PRIORITY") return (a, b) => a - b;
  const rank = (at) => events[at].priority ?? queue.default_priority;
  return (a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a - b);
}

/** Puts what is new of these events, changes and notes after all that has happened, in order; and
 * says of each event when, as places in that order. */
function order(trace, { events, changes, notes, counts }) {
  const moments = new Map(); // by time: what happens then
  const last = trace.times.at(-1) ?? -Infinity;
  const at = (time) => {
    time = Math.max(time, last); // what a clock tells late comes after what is shown already
    let found = moments.get(time);
    if (!found) moments.set(time, (found = { other: [], accepted: [], taken: [], finished: [] }));
    return found;
  };
  for (const each of changes) if (each.time !== null) at(each.time).other.push(["changed", each]);
  for (const each of notes) at(each.time).other.push(["noted", each]);
  for (const each of counts) at(each.time).other.push(["counted", each]);
  const { when } = trace;
  for (const n of events)
    for (const kind of ["accepted", "taken", "finished"]) {
      when[kind][n] ??= Infinity;
      const time = trace.events[n][kind];
      if (time !== null && when[kind][n] === Infinity) at(time)[kind].push(n);
    }
  const before = trace.things.length;
  for (const time of [...moments.keys()].sort((a, b) => a - b))
    inOneMoment(trace, time, moments.get(time), trace.things);
  for (let n = before; n < trace.things.length; n++) {
    const { time, kind, event } = trace.things[n];
    trace.times.push(time);
    if (event !== undefined) when[kind][event] = n;
  }
}

/** Orders what happens at one time, as nobody could tell by the clock: an event is accepted before
 * it is taken and taken before it is finished, and a consumer has one at a time. */
function inOneMoment({ events, goesFirst }, time, { other, accepted, taken, finished }, things) {
  const emit = (kind, event) => things.push({ time, kind, event });
  for (const [kind, change] of other) things.push({ time, kind, change });
  const ends = new Set(finished);
  const begins = new Set(accepted);
  const takenNow = new Set(taken);
  const isCutOff = (n) => events[n].taken === null && begins.has(n);
  for (const n of finished) if (!takenNow.has(n) && !isCutOff(n)) emit("finished", n);
  for (const n of accepted) emit("accepted", n);
  for (const n of finished) if (isCutOff(n)) emit("finished", n);
  const lanes = new Map(); // by consumer: what it takes now, in its order
  const laneOf = (n) => events[n].consumer ?? `none ${n}`;
  for (const n of taken) {
    if (!lanes.has(laneOf(n))) lanes.set(laneOf(n), []);
    lanes.get(laneOf(n)).push(n);
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
    if (!next.length) lanes.delete(laneOf(n));
  }
}
