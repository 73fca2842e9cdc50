/* Who gets a payload, and why: what the default router chooses and `explain` says, in its words. */

/** A str as Python's repr writes it, near enough for names. */
export function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return mark + (mark === "'" ? inner.replaceAll("'", "\\'") : inner) + mark;
}

const listed = (names) => `[${names.map(quoted).join(", ")}]`;

/** Whether a collector gets a payload from the default router. */
export function gets(event, { key, topics }) {
  if (event.delivery === "broadcast") return true;
  if (event.delivery === "key") return event.keys.includes(key);
  return event.delivery === "topic" && topics.some((topic) => event.topics.includes(topic));
}

/** Why it gets it, or does not. */
export function reason(event, collector) {
  if (event.delivery === "broadcast") return "a broadcast goes to every collector";
  if (event.delivery === "key") {
    if (!event.keys.length) return "the payload has no keys";
    const among = event.keys.includes(collector.key) ? "among" : "not among";
    return `key is ${among} ${listed(event.keys)}`;
  }
  if (event.delivery !== "topic") return "its delivery was changed by hand";
  if (!event.topics.length) return "the payload has no topics";
  const heard = collector.topics.filter((topic) => event.topics.includes(topic));
  if (heard.length) return `listens to ${heard.map(quoted).join(", ")}`;
  if (!collector.topics.length) return "listens to no topic";
  return `listens to none of ${listed(event.topics)}`;
}

/** In a sentence, why nobody gets a payload. */
export function nobody(event, collectors) {
  if (!collectors.length) return "there is no collector";
  if (event.delivery === "key")
    return event.keys.length
      ? `no collector has the key ${event.keys.map(quoted).join(" or ")}`
      : "it is sent by key, and has no keys";
  if (event.delivery === "topic")
    return event.topics.length
      ? `no collector listens to ${event.topics.map(quoted).join(" or ")}`
      : "it is sent by topic, and has no topics";
  return "the router chose nobody";
}
