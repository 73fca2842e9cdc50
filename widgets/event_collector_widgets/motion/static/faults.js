/* Faults on purpose, switched on and off from the page: which collector does what, how often. */

import { button, element } from "./controls.js";

const WRONGS = [["raise", "raises an error"], ["hang", "hangs"], ["slow", "is slow"]];
const [SHORTEST, LONGEST] = [0.1, 600]; // seconds
const TOLD = "A collector can be slowed by 0.1 to 600 seconds: choose a time in between.";
const HOW_OFTEN = [[1, "every payload"], [0.5, "one in 2"], [0.25, "one in 4"], [0.1, "one in 10"]];

const choices = (listed) => listed.map(([value, text]) => element("option", { value: String(value) }, text));

export class FaultControls {
  /** `send` takes what the kernel is asked for, and its details. */
  constructor(send) {
    this.key = element("select", { ariaLabel: "collector" });
    const kind = element("select", { ariaLabel: "what it does" }, ...choices(WRONGS));
    const share = element("select", { ariaLabel: "how often" }, ...choices(HOW_OFTEN));
    const seconds = element("input", { type: "number", min: SHORTEST, max: LONGEST, step: 0.1, value: 1, ariaLabel: "seconds" });
    const slowed = element("label", { class: "ec-control", hidden: true }, "by", seconds, "s");
    kind.addEventListener("change", () => (slowed.hidden = kind.value !== "slow"));
    this.wrong = element("p", { class: "ec-told", role: "status", hidden: true });
    this.set = button("⚡", "Switch on", () => {
      const slow = kind.value === "slow" ? seconds.valueAsNumber : null;
      const fits = slow === null || (slow >= SHORTEST && slow <= LONGEST);
      this.wrong.hidden = fits;
      this.wrong.textContent = fits ? "" : TOLD;
      const fault = { key: this.key.value, kind: kind.value, probability: Number(share.value) };
      if (fits) send("fault", { ...fault, seconds: slow });
      else seconds.focus();
    });
    this.off = (key) => send("no fault", { key });
    this.count = element("b");
    this.list = element("ul", { ariaLabel: "faults that are on" });
    const form = element("div", { class: "ec-controls" }, this.key, kind, slowed, "in", share, this.set);
    const summary = element("summary", {}, "Faults on purpose: ", this.count);
    const rows = element("div", { class: "ec-wrongs" }, form, this.wrong, this.list);
    this.element = element("details", { class: "ec-faults" }, summary, rows);
    this.said = "";
  }

  /** Show the collectors that there are, and the faults that are on, as pairs of a key and words. */
  show(keys, on) {
    const said = JSON.stringify([keys, on]);
    if (said === this.said) return;
    this.said = said;
    const chosen = this.key.value;
    this.key.replaceChildren(...choices(keys.map((key) => [key, key])));
    if (keys.includes(chosen)) this.key.value = chosen;
    this.set.disabled = !keys.length;
    this.count.textContent = on.length ? `${on.length} on` : "off";
    this.element.classList.toggle("ec-on", on.length > 0);
    this.list.replaceChildren(
      ...on.map(([key, words]) => element("li", {}, words, button("×", "Switch off", () => this.off(key), words))),
    );
  }
}
