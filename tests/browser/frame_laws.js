/* The laws of `frame`, for one trace: what does not hold, in words. An empty list is a sound trace. */

const NEXT = {
  publisher: ["buffer", "parked"],
  buffer: ["parked", "router", "collector", "cut off"],
  parked: ["buffer", "router", "collector", "cut off"],
  router: ["Ok", "Error", "undelivered"],
  collector: ["Ok", "Error"],
};

function broken(said) {
  const faults = [];
  const law = (holds, words) => holds || (faults.length < 5 && faults.push(words));
  const trace = readTrace(said);
  orderHolds(trace, law);
  let before = frameAfter(trace, 0);
  law(before.tokens.length === 0, "something is there before anything happened");
  for (let n = 1; n <= trace.things.length; n++) {
    const now = frameAfter(trace, n);
    placesHold(trace, now, law);
    countsHold(trace, now, law);
    stepHolds(trace, before, now, law);
    before = now;
  }
  momentsHold(trace, law);
  return faults;
}

/** Everything that happened to each event happens once, in an order that can be. */
function orderHolds(trace, law) {
  const seen = new Map();
  const busy = new Map();
  trace.things.forEach(({ time, kind, event: at }, n) => {
    law(!n || trace.things[n - 1].time <= time, `thing ${n} is out of time`);
    if (at === undefined) return;
    const event = trace.events[at];
    const once = `${kind} ${at}`;
    law(!seen.has(once), `${once} happens twice`);
    law(event[kind] === time, `${once} at ${time}, it was at ${event[kind]}`);
    seen.set(once, n);
    if (kind === "accepted") law(!at || seen.has(`accepted ${at - 1}`), `${once} too early`);
    else law(seen.has(`accepted ${at}`), `${once} before it was accepted`);
    if (kind === "taken") {
      law(!busy.has(event.consumer), `${once} by a consumer that had one`);
      busy.set(event.consumer, at);
    }
    if (kind === "finished" && event.taken !== null) {
      law(seen.has(`taken ${at}`), `${once} before it was taken`);
      busy.delete(event.consumer);
    }
  });
  const all = trace.events.flatMap(({ taken, finished }) => [1, taken !== null, finished !== null]);
  law(seen.size === all.filter(Boolean).length, "not everything happened");
}

/** Each accepted payload is in one place, or once divided in one place per collector. */
function placesHold(trace, now, law) {
  const byEvent = Map.groupBy(now.tokens, ({ event }) => event);
  trace.events.forEach((event, at) => {
    const tokens = byEvent.get(at) ?? [];
    const where = `payload ${at} after ${now.n} things`;
    if (trace.when.accepted[at] >= now.n) return law(!tokens.length, `${where}: too early`);
    const copies = new Set(tokens.map(({ copy }) => copy));
    law(copies.size === tokens.length && tokens.length > 0, `${where}: ${tokens.length} tokens`);
    const places = new Set(tokens.map(({ place }) => place));
    const ends = ["Ok", "Error"];
    const divided = [...places].every((place) => place === "collector" || ends.includes(place));
    law(places.size === 1 || (divided && !places.has("collector")), `${where}: ${[...places]}`);
    if (!divided) law(tokens.length === 1, `${where}: divided in ${[...places]}`);
    const done = trace.when.finished[at] < now.n;
    if (done && event.taken !== null)
      law(tokens.length === event.results.length, `${where}: ${tokens.length} results`);
  });
  const turns = new Set(now.tokens.map(({ place, key, slot }) => `${place} ${key} ${slot}`));
  law(turns.size === now.tokens.length, `after ${now.n} things two tokens have one turn`);
}

/** The counts are those of the trace, those of the tokens, and add up. */
function countsHold(trace, now, law) {
  const { n, counts, tokens, lanes } = now;
  const so = (kind) => trace.events.filter((_, at) => trace.when[kind][at] < n).length;
  const cutOff = trace.events.filter((e, at) => e.taken === null && trace.when.finished[at] < n);
  const service = so("taken") - (so("finished") - cutOff.length);
  const told = (name, is, words) => law(counts[name] === is, `${words} ${n}: ${counts[name]}, ${is}`);
  told("accepted", so("accepted"), "accepted after");
  told("finished", so("finished"), "finished after");
  told("cutOff", cutOff.length, "cut off after");
  told("service", service, "in service after");
  told("waiting", so("accepted") - so("finished") - service, "waiting after");
  law(counts.accepted === counts.waiting + counts.service + counts.finished, `sum after ${n}`);
  law(counts.waiting === counts.buffer + counts.parked, `waiting after ${n}`);
  law(lanes.size === service, `${lanes.size} lanes, ${service} in service after ${n}`);
  const inPlace = (place) => tokens.filter((each) => each.place === place).length;
  for (const name of ["buffer", "parked", "undelivered"]) told(name, inPlace(name), `${name} after`);
  told("cutOff", inPlace("cut off"), "cut off after");
  const sums = { service: "collector", ok: "Ok", error: "Error" };
  for (const [name, place] of Object.entries(sums)) {
    let sum = 0;
    for (const [key, each] of counts.collectors) {
      sum += each[name];
      const mine = tokens.filter((one) => one.place === place && (one.key ?? "") === key);
      law(mine.length === each[name], `${name} of ${key} after ${n}: ${mine.length}, ${each[name]}`);
    }
    law(sum === inPlace(place), `${place} after ${n}`);
  }
}

/** One thing moves one payload, to a place that it can reach; others at most park or come back. */
function stepHolds(trace, before, now, law) {
  const { time, kind, event: moved } = trace.things[now.n - 1];
  const was = Map.groupBy(before.tokens, ({ event }) => event);
  for (const [at, tokens] of Map.groupBy(now.tokens, ({ event }) => event)) {
    const from = was.get(at)?.[0].place ?? "publisher";
    const to = tokens[0].place;
    const words = `thing ${now.n}: payload ${at} from ${from} to ${to}`;
    if (at === moved) {
      for (const { place, thing } of tokens) {
        law(NEXT[from]?.includes(place), words);
        law(thing === now.n - 1, `${words}, by thing ${thing}`);
      }
    } else
      law(from === to || (NEXT[from]?.includes(to) && NEXT[to]?.includes(from)), words);
  }
  if (kind === "taken" && trace.queue) turnHolds(trace, before, moved, time, law);
}

/** Who goes first, said once more: by number, by number backwards, or by priority and number. */
function goesBefore({ queue, events }, a, b) {
  if (queue.order === "LIFO") return a > b;
  if (queue.order === "FIFO") return a < b;
  const [one, other] = [a, b].map((at) => Number(events[at].priority ?? queue.default_priority));
  return one === other ? a < b : one < other;
}

/** The buffer is in the queue's order; and whoever is taken goes before all who stay. Of those that
 * come or go at the same time the clock does not say which was first. */
function turnHolds(trace, before, moved, time, law) {
  const buffer = before.tokens.filter(({ place }) => place === "buffer");
  buffer.sort((a, b) => a.slot - b.slot);
  buffer.slice(1).forEach(({ event }, n) => {
    const words = `${event} is behind ${buffer[n].event} before thing ${before.n}`;
    law(goesBefore(trace, buffer[n].event, event), words);
  });
  if (trace.changes.some(({ collectors }) => collectors.some(({ most }) => most !== null))) return;
  for (const { event: stays } of buffer) {
    const { accepted, taken } = trace.events[stays];
    if (stays === moved || accepted === time || taken === time) continue;
    law(goesBefore(trace, moved, stays), `${moved} was taken before ${stays}, at ${time}`);
  }
}

/** A frame of a time is that after all that happened by then, asked in whatever order. */
function momentsHold(trace, law) {
  const plain = (each) => JSON.stringify([each.n, each.tokens, each.counts, [...each.lanes]]);
  for (const time of [...new Set(trace.times), -1, Infinity].reverse()) {
    const n = trace.things.filter((each) => each.time <= time).length;
    law(plain(frame(trace, time)) === plain(frameAfter(trace, n)), `the frame of ${time}`);
  }
}
