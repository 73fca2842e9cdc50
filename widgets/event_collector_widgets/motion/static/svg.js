/* The parts that the picture is drawn with. */

const SVG = "http://www.w3.org/2000/svg";

export function make(name, attributes = {}, ...inner) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, key === "aria-label" ? visible(value) : value);
  made.append(...inner);
  return made;
}

/** A text with what cannot be seen, or turns the text around it, written out as Python's repr does. */
export const visible = (text) =>
  String(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (each) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[each];
    const code = each.codePointAt(0);
    const [sign, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return short ?? `\\${sign}${code.toString(16).padStart(digits, "0")}`;
  });

/** Letters are measured in the font of the picture. Each once: to ask the page for the width of a text
 * that is drawn would have it lay out everything. */
const pen = { context: null, family: "sans-serif", widths: new Map() };

export function useFont(svg) {
  const family = getComputedStyle(svg).fontFamily || "sans-serif";
  if (family !== pen.family) pen.widths.clear();
  pen.family = family;
}

/** How wide a text is at most, in px of the picture. `font` is its weight and its size. */
export function widthOf(text, font) {
  if (!pen.widths.has(font)) pen.widths.set(font, new Map());
  const known = pen.widths.get(font);
  let sum = 0;
  for (const letter of text) {
    if (!known.has(letter)) {
      pen.context ??= document.createElement("canvas").getContext("2d");
      pen.context.font = `${font} ${pen.family}`;
      known.set(letter, pen.context.measureText(letter).width);
    }
    sum += known.get(letter);
  }
  return sum;
}

const LOOKED = 300; // letters that are looked at

/** A text that is at most so wide, cut where it is wider. */
export function cut(text, room, font) {
  const letters = [...visible(text).slice(0, LOOKED)];
  if (widthOf(letters, font) <= room) return letters.join("");
  let left = room - widthOf("…", font);
  const kept = letters.findIndex((each) => (left -= widthOf(each, font)) < 0);
  return `${letters.slice(0, kept).join("")}…`;
}

/** A text in two lines, the first of which is at most so wide, if it has more than a word. */
export function inTwo(text, room, font) {
  const words = text.split(" ");
  let count = words.length;
  while (count > 1 && widthOf(words.slice(0, count).join(" "), font) > room) count -= 1;
  return [words.slice(0, count).join(" "), words.slice(count).join(" ")];
}

/** The shape of a delivery, in a square of 16 around 0, 0. */
export function shape(delivery) {
  if (delivery === "broadcast") return make("circle", { r: 7.5, class: "ec-shape" });
  if (delivery === "key")
    return make("rect", { x: -7, y: -7, width: 14, height: 14, rx: 1.5, class: "ec-shape" });
  return make("path", { d: "M0 -9 9 0 0 9 -9 0z", class: "ec-shape" });
}

export function tspan(said, name) {
  const made = make("tspan", name ? { class: name } : {});
  made.textContent = visible(said);
  return made;
}

/** A text whose inner parts can be told apart; the first one says this. */
export function textAt(x, y, said, name) {
  const made = make("text", { x, y, class: name });
  made.append(tspan(said, ""));
  return made;
}
