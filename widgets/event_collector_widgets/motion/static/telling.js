/* What happened, in sentences, and what a card says. Only texts: whoever shows them uses textContent. */

import { collectorsAt, frameAfter, receivers } from "./frame.js";
import { gets, nobody, reason } from "./reasons.js";

/** A count as it is written everywhere: 100,000. */
export const many = (count) => count.toLocaleString("en");

const named = (text) => `“${text}”`;

/** "a", "a and b", "a, b and c"; of many the first few. */
export function list(names, most = 4) {
  if (names.length > most) names = [...names.slice(0, most - 1), `${names.length - most + 1} more`];
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A duration with a unit that fits it. */
export function duration(seconds) {
  if (seconds === null) return "";
  if (seconds === 0) return "0 s";
  const digits = (value) => String(Number(value.toPrecision(3)));
  if (seconds < 0.001) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  if (seconds < 300) return `${digits(seconds)} s`;
  if (seconds < 3 * 3600) return `${digits(seconds / 60)} min`;
  return `${digits(seconds / 3600)} h`;
}

/** What the last of so many things was that happened, and who goes next; but not where that is another
 * one by now, in the frame that is drawn. */
export function happened(trace, frame, n = frame.n) {
  if (!n) return trace.things.length ? "Nothing has happened yet." : "No events yet.";
  const { kind, event: at, change } = trace.things[n - 1];
  if (kind === "counted") return passed(change);
  if (kind === "noted") return noted(trace, change);
  if (kind === "changed")
    return `The collectors are now: ${list(change.collectors.map(({ key }) => key)) || "none"}.`;
  const event = trace.events[at];
  if (kind === "accepted")
    return `${named(event.text)} was accepted${aim(event, trace.queue)}. ${nextOf(trace, frame, n)}`;
  if (kind === "taken") return taken(trace, n - 1, event);
  return finished(trace, n - 1, event);
}

/** Of payloads that are counted only. */
function passed({ time, accepted, finished }) {
  if (time === 0) return `Before these, ${many(accepted)} ${accepted === 1 ? "was" : "were"} sent, and ${many(finished)} done.`;
  const said = [[accepted, "sent"], [finished, "done"]]
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${many(count)} more ${count === 1 ? "is" : "are"} ${what}`);
  return `More than can be drawn one by one${said.length ? `: ${said.join(", and ")}` : ""}.`;
}

/** What is new of what is said of the queue, or what is over. */
function noted({ notes }, change) {
  const parts = (note) => (note?.text ? note.text.split("; ") : []);
  const [before, now] = [parts(notes[notes.indexOf(change) - 1]), parts(change)];
  const news = now.filter((each) => !before.includes(each));
  if (news.length) return sentence(news.join("; "));
  const over = before.filter((each) => !now.includes(each));
  if (over.some((each) => each.startsWith("paused"))) return "The queue goes on.";
  if (over.some((each) => each.startsWith("faults on purpose"))) return "Nothing goes wrong on purpose any more.";
  return sentence(`over: ${over.join("; ")}`);
}

/** A text as a sentence, with one full stop. */
const sentence = (text) => `${capital(text)}${text.endsWith(".") ? "" : "."}`;

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function aim({ delivery, keys, topics }, queue) {
  const decides = queue && !queue.chooses ? `; ${queue.router} decides who gets it` : "";
  if (delivery === "broadcast") return ` as a broadcast${decides || ", for everyone"}`;
  if (decides) return decides;
  if (delivery === "key") return `, for the key ${list(keys) || "of nobody"}`;
  return delivery === "topic" ? `, with the topic ${list(topics) || "of nobody"}` : "";
}

/** Who is next after so many things, if it is the same one in a frame. */
function nextOf(trace, frame, n) {
  const said = next(trace, frame);
  return n === frame.n || next(trace, frameAfter(trace, n, n)) === said ? said : "";
}

/** Who is taken next, as things are. */
export function next(trace, { tokens, counts }) {
  if (counts.unseen) return "";
  const first = tokens.find(({ place, slot }) => place === "buffer" && slot === 0);
  if (!first) return counts.parked ? "Those that wait are parked." : "";
  return `${named(trace.events[first.event].text)} goes next.`;
}

function taken(trace, n, event) {
  const who = `Consumer ${event.consumer ?? "?"} took ${named(event.text)}`;
  const copies = receivers(trace, n, event);
  if (copies) return `${who}; the router gives it to ${list(copies.map(({ key }) => key))}.`;
  if (!trace.queue?.chooses) return `${who}; the router decides who gets it.`;
  return `${who}; ${nobody(event, collectorsAt(trace, n))}, so it reaches nobody.`;
}

function finished(trace, n, event) {
  const { text, taken, results } = event;
  if (taken === null) return sentence(`${named(text)} was cut off: ${results[0]?.text ?? "it was never taken"}`);
  if (results.every(({ outcome }) => outcome === "undelivered"))
    return `${named(text)} falls out, undelivered: ${whyNobody(trace, trace.things[n].event)}.`;
  const said = results.map(({ key, outcome, text: gave }) => {
    const whose = key ?? "the router";
    return outcome === "Ok" ? `Ok from ${whose}` : `Error from ${whose} (${gave})`;
  });
  return sentence(`${named(text)} is done: ${list(said)}`);
}

/** Why nobody got an event, as far as anybody can tell. */
export function whyNobody(trace, at) {
  if (!trace.queue) return "nobody got it";
  if (!trace.queue.chooses) return `${trace.queue.router} gave it to nobody`;
  return nobody(trace.events[at], collectorsAt(trace, trace.when.taken[at]));
}

const WHERE = {
  buffer: "in the buffer",
  parked: "parked",
  router: "at the router",
  collector: "in service",
  Ok: "done: Ok",
  Error: "done: Error",
  undelivered: "undelivered",
  "cut off": "cut off",
};

/** A token for those who hear the page. */
export function label(trace, { event: at, place, key, slot }) {
  const { text, delivery } = trace.events[at];
  const where = place === "collector" ? `in service in ${key}` : WHERE[place];
  return `${text}, ${delivery}, ${where}${place === "buffer" && slot === 0 ? ", goes next" : ""}`;
}

/** A time as the time bar counts it. */
const sinceFirst = (seconds) => (seconds > 0 ? `${duration(seconds)} after the first thing` : "as the first thing");

/** What the card of an event says: a title, rows of a name and a text, and of each collector why. */
export function cardOf(trace, frame, at) {
  const event = trace.events[at];
  const after = (time, n, still = "not yet") => (n < frame.n && time !== null ? duration(time) : still);
  const { accepted, taken, finished } = event;
  const when = Object.fromEntries(Object.entries(trace.when).map(([kind, ns]) => [kind, ns[at]]));
  const done = when.finished < frame.n;
  const way = [
    ["waited", after(taken - accepted, when.taken, "still waits")],
    ["consumer", when.taken < frame.n ? String(event.consumer ?? "?") : "none yet"],
    ["in service for", when.taken < frame.n ? after(finished - taken, when.finished, "still in service") : "not yet"],
  ];
  const cutOff = [["waited", `${duration(finished - accepted)}, until it was cut off`], ["consumer", "none"]];
  const rows = [
    ["event", `number ${event.id}`],
    ["delivery", [event.delivery, list([...event.keys, ...event.topics], 9)].filter(Boolean).join(": ")],
    ...(event.priority === null ? [] : [["priority", String(event.priority)]]),
    ["accepted", when.accepted < frame.n ? sinceFirst(accepted - trace.times[0]) : "not yet"],
    ...(done && taken === null ? cutOff : way),
  ];
  const results = done ? event.results.map((each) => [each.key ?? "the router", each]) : [];
  return { title: event.text, rows, results, reasons: reasons(trace, frame, at) };
}

/** Of each collector whether it gets an event, and why, as things were when it was taken. */
function reasons(trace, frame, at) {
  if (!trace.queue) return [["who gets it", "the queue is not known: this is of a DataFrame"]];
  const event = trace.events[at];
  if (!trace.queue.chooses) {
    const { router } = trace.queue;
    if (trace.when.finished[at] >= frame.n) return [["who gets it", `as ${router} decides`]];
    const got = event.results.filter(({ outcome }) => outcome !== "undelivered");
    return [["who got it", `${got.length ? list(got.map(({ key }) => key ?? "?"), 9) : "nobody"}, as ${router} decided`]];
  }
  const collectors = collectorsAt(trace, Math.min(frame.n, trace.when.taken[at]));
  return collectors
    .slice(0, 30)
    .map((each) => [each.key, `${gets(event, each) ? "gets it" : "not"}: ${reason(event, each)}`]);
}

const ORDERS = {
  FIFO: "first in, first out: the one that waits longest goes next",
  LIFO: "last in, first out: the one that came last goes next",
  PRIORITY: "the lowest priority goes next; of two alike the one that came first",
};

/** What the card of a place says. */
export function placeCard(trace, { n, counts, words }, place) {
  const { queue } = trace;
  const [name, key] = place.split(/ (.*)/s);
  const rows = {
    publisher: [["what it is", "takes payloads in; whoever sends goes on at once"]],
    buffer: [["order", queue ? `${queue.order}: ${ORDERS[queue.order]}` : "not known"]],
    parked: [["what it is", "these wait for a collector that is full, and are in nobody's way"]],
    consumers: [["what they do", "each takes one payload, and the next when that is done"]],
    router: [["what it does", queue ? `${queue.router} chooses who gets a payload` : "not known"]],
    undelivered: [["what it is", "no collector was for these; they give an empty Ok"]],
    "cut off": [["what it is", "the queue was shut down before these were taken"]],
  }[name] ?? [["what it is", "processes its payloads: each gives an Ok or an Error"]];
  if (name === "buffer" && queue?.max_queued != null) rows.push(["room for", many(queue.max_queued)]);
  const mine = counts.collectors.get(key ?? "");
  const at = name === "collector" && collectorsAt(trace, n).find((each) => each.key === key);
  if (at) rows.push(["listens to", list(at.topics, Infinity) || "no topic"]);
  if (at?.most != null) rows.push(["at a time", `${many(at.most)} at most`]);
  if (name === "collector" && mine)
    rows.push(["in service", many(mine.service)], ["Ok", many(mine.ok)], ["Error", many(mine.error)]);
  if (words.length) rows.push(["now", words.join("; ")]);
  return { title: key || name, rows, results: [], reasons: [] };
}
