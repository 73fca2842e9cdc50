/* The parts that the picture is drawn with. */

const SVG = "http://www.w3.org/2000/svg";

export function make(name, attributes = {}, ...inner) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inner);
  return made;
}

/** A text of so many letters at most. */
export const cut = (text, most) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** The shape of a delivery, in a square of 16 around 0, 0. */
export function shape(delivery) {
  if (delivery === "broadcast") return make("circle", { r: 7.5, class: "ec-shape" });
  if (delivery === "key")
    return make("rect", { x: -7, y: -7, width: 14, height: 14, rx: 1.5, class: "ec-shape" });
  return make("path", { d: "M0 -9 9 0 0 9 -9 0z", class: "ec-shape" });
}

export function tspan(said, name) {
  const made = make("tspan", name ? { class: name } : {});
  made.textContent = said;
  return made;
}
