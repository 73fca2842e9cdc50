/* The buttons, the time bar, the legend and the card: all of it by keyboard too. */

import { FASTEST, SLOWEST, queueLine } from "./player.js";
import { make, shape, visible } from "./svg.js";
import { duration } from "./telling.js";

export function element(name, attributes = {}, ...inner) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key === "class") made.className = value;
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  made.append(...inner.map((each) => (typeof each === "string" ? visible(each) : each)));
  return made;
}

/** No key that is pressed in it reaches the notebook. JupyterLab asks what has the focus before it asks
 * what is around that, and knows both by this mark. */
export function keepKeys(root) {
  root.dataset.lmSuppressShortcuts = "true";
  root.addEventListener("focusin", (event) => {
    event.target.dataset.lmSuppressShortcuts = "true";
  });
}

/** A button with a sign that says nothing to those who hear the page. */
export function button(sign, label, act, title = "") {
  const mark = element("span", { class: "ec-mark", ariaHidden: "true" }, sign);
  const made = element("button", { type: "button", title }, mark, element("span", {}, label));
  made.addEventListener("click", act);
  return made;
}

export function rename(made, sign, label) {
  made.firstChild.textContent = sign;
  made.lastChild.textContent = label;
}

/** The speed, from 0.01 to 1,000: a slider whose tenth part is a power. */
export function speedControl(player, changed) {
  const said = element("output", { class: "ec-speed" });
  const slider = element("input", { type: "range", min: -20, max: 30, step: 1, ariaLabel: "speed" });
  const show = () => {
    const near = player.speed >= 1 ? String(Math.round(player.speed * 10) / 10) : player.speed.toPrecision(2);
    said.textContent = `× ${Number(near).toLocaleString("en")}`;
    slider.setAttribute("aria-valuetext", `${near} times`);
    slider.value = Math.round(Math.log10(player.speed) * 10);
  };
  slider.addEventListener("input", () => {
    player.speed = Math.min(FASTEST, Math.max(SLOWEST, 10 ** (slider.value / 10)));
    show();
    changed();
  });
  show();
  return element("label", { class: "ec-control" }, "speed ", slider, said);
}

/** By the clock, or one thing after the other. */
export function paceControl(player, changed) {
  const select = element("select", { ariaLabel: "pace" });
  for (const [value, text] of [["steps", "one by one"], ["clock", "by the clock"]])
    select.append(element("option", { value, selected: value === player.pace }, text));
  select.addEventListener("change", () => {
    player.setPace(select.value);
    changed();
  });
  return element("label", { class: "ec-control" }, "pace ", select);
}

/** The time bar: how many wait is its line. */
export class Bar {
  constructor(player, changed) {
    this.player = player;
    this.input = element("input", { type: "range", min: 0, max: 1000, step: 1, ariaLabel: "time" });
    this.input.addEventListener("input", () => {
      player.playing = false;
      player.seek(this.input.value / 1000);
      changed();
    });
    this.said = element("span", { class: "ec-when" });
    this.line = make("svg", { viewBox: "0 0 240 28", preserveAspectRatio: "none", "aria-hidden": "true" });
    this.most = element("span", { class: "ec-most" });
    const over = element("div", { class: "ec-bar" }, this.line, this.input);
    const under = element("div", { class: "ec-under" }, this.said, this.most);
    this.element = element("div", { class: "ec-time" }, over, under);
    this.lay();
  }

  /** Draw the line anew, for another trace or another pace. */
  lay() {
    const { trace, pace } = this.player;
    const { line, most } = queueLine(trace, pace);
    const points = line.map(([x, y]) => `${(x * 240).toFixed(1)} ${(27 - y * 24).toFixed(1)}`);
    this.line.replaceChildren(
      make("path", { class: "ec-area", d: `M0 28L${points.join("L")}L240 28z` }),
      make("path", { class: "ec-line", d: `M${points.join("L")}` }),
    );
    this.most.textContent = `the line: how many wait, at most ${most.toLocaleString("en")}`;
  }

  show() {
    const { player } = this;
    this.input.value = Math.round(player.share * 1000);
    this.input.style.setProperty("--ec-share", `${player.share * 100}%`);
    const [at, end] = [player.time - player.start, player.end - player.start];
    const said = `${duration(at)} of ${duration(end)} · ${player.n.toLocaleString("en")} of ${player.last.toLocaleString("en")} things`;
    if (this.said.textContent !== said) this.said.textContent = said;
    this.input.setAttribute("aria-valuetext", said);
  }
}

const SHAPES = [
  ["broadcast", "broadcast: to everyone"],
  ["key", "key: to those it names"],
  ["topic", "topic: to those who listen"],
];
const SIGNS = [["✓", "Ok"], ["✗", "Error"], ["▽", "undelivered: it falls into the tray"]];

/** What the shapes and the signs mean; and where some queue of these traces heeds priorities, how. */
export function legend(traces) {
  const made = element("ul", { class: "ec-legend", ariaLabel: "legend" });
  for (const [delivery, text] of SHAPES) {
    const picture = make("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, shape(delivery));
    made.append(element("li", {}, picture, ...meaning(text)));
  }
  for (const [sign, text] of SIGNS)
    made.append(element("li", {}, element("b", { class: `ec-sign-${text.split(":")[0]}` }, sign), ...meaning(text)));
  if (traces.some(({ queue }) => queue?.order === "PRIORITY"))
    made.append(element("li", {}, element("b", {}, "p1"), "priority, the lowest first"));
  return made;
}

/** A word, and what it means: that is left out where there is little room. */
function meaning(text) {
  const [word, ...more] = text.split(/(?=:)/);
  return [element("span", {}, word, ...more.map((each) => element("span", { class: "ec-meaning" }, each)))];
}

/** The card of what was chosen: a payload or a place. */
export class Card {
  constructor(closed) {
    this.title = element("h4");
    this.rows = element("dl");
    const close = button("×", "close", closed, "Escape");
    this.element = element("section", { class: "ec-card", hidden: true, tabIndex: -1 }, this.title, close, this.rows);
    this.said = "";
  }

  show(card) {
    this.element.hidden = card === null;
    const said = JSON.stringify(card);
    if (card === null || said === this.said) return;
    this.said = said;
    this.title.textContent = visible(card.title);
    this.element.setAttribute("aria-label", visible(card.title));
    this.rows.replaceChildren();
    const row = (name, text, kind = "") => {
      this.rows.append(element("dt", {}, String(name)));
      this.rows.append(element("dd", { class: kind }, String(text)));
    };
    for (const [name, text] of card.rows) row(name, text);
    for (const [key, { outcome, text }] of card.results) {
      const sign = { Ok: "✓ Ok", Error: "✗ Error", undelivered: "▽ undelivered" }[outcome];
      row(key, text ? `${sign}: ${text}` : sign, `ec-sign-${outcome}`);
    }
    for (const [key, why] of card.reasons) row(key, why, "ec-why");
  }
}
