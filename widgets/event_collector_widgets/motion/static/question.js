/* Who will get a payload? Ticked before it goes; then how the answer compares with what happened. */

import { button, element } from "./controls.js";
import { visible } from "./svg.js";

const TICKED = "Tick who will get it, then send it.";

export class QuestionForm {
  /** `send` takes what the kernel is asked for, and its details. */
  constructor(send) {
    this.send = send;
    this.question = null;
    this.boxes = [];
    this.title = element("legend");
    this.ticks = element("div", { class: "ec-controls" });
    this.go = button("➤", "Send it", () => this.question.answer && send("send", { id: this.question.id }));
    this.form = element("fieldset", {}, this.title, this.ticks);
    this.said = element("div", { class: "ec-verdict", role: "status" });
    this.element = element("section", { class: "ec-question", hidden: true }, this.form, this.said);
  }

  /** Whether its payload is at the publisher still. */
  get waits() {
    return this.question !== null && !this.question.gone;
  }

  /** The collectors that are ticked, while the payload waits. */
  get ticked() {
    return new Set(this.waits ? this.question.answer : []);
  }

  /** Show a question, or none, and then what became of it; `lines` of its score only if `told`. */
  show(question, told, went) {
    const said = JSON.stringify([question, told, went]);
    if (said === this.shown) return;
    this.shown = said;
    const mine = this.question;
    this.element.hidden = question === null && !went;
    this.form.hidden = question === null;
    if (question === null) {
      this.question = null;
      return this.said.replaceChildren(element("p", { class: "" }, visible(went)));
    }
    // While somebody ticks here, what he ticked is newer than what the kernel knows of it.
    const held = mine?.id === question.id && !question.gone && this.ticks.contains(document.activeElement);
    const same = mine?.id === question.id && String(mine.choices) === String(question.choices);
    this.question = held && same ? { ...question, answer: mine.answer } : question;
    if (!same) this.lay();
    this.title.textContent = visible(`Who will get “${question.text}”, sent ${question.address}?`);
    this.update();
    this.tell(told);
  }

  lay() {
    this.boxes = [...this.question.choices, null].map((key) => {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => this.tick(key, box.checked));
      return [key, box, element("label", { class: "ec-control" }, box, key ?? element("i", {}, "nobody"))];
    });
    this.ticks.replaceChildren(...this.boxes.map(([, , label]) => label), this.go);
  }

  tick(key, ticked) {
    const { question } = this;
    const now = (question.answer ?? []).filter((each) => each !== key);
    if (key === null) question.answer = ticked ? [] : null;
    else question.answer = ticked ? [...now, key] : now.length ? now : null;
    this.update();
    this.send("tick", { id: question.id, answer: question.answer });
  }

  update() {
    const { answer, gone } = this.question;
    for (const [key, box] of this.boxes) {
      box.checked = answer !== null && (key === null ? !answer.length : answer.includes(key));
      box.disabled = gone;
    }
    // Not `disabled`: that would take the focus from who has just sent it.
    this.go.setAttribute("aria-disabled", String(gone || answer === null));
    this.go.title = answer === null ? TICKED : "";
  }

  tell(told) {
    const { gone, lines, right } = this.question;
    const [first, ...more] = gone ? (told && lines.length ? lines : ["It is on its way …"]) : [TICKED];
    const scored = gone && told && lines.length > 0;
    const sign = !scored || right === null ? "" : right ? "✓ " : "✗ ";
    const kind = !scored || right === null ? "" : right ? "ec-sign-Ok" : "ec-sign-Error";
    const list = more.length ? [element("ul", {}, ...more.map((line) => element("li", {}, line)))] : [];
    this.said.replaceChildren(element("p", { class: kind }, sign + first), ...list);
  }
}
