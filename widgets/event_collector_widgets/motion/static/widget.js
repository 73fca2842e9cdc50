/* The widget: an animation whose trace is in the model, or comes from the kernel as things happen. */

import { element } from "./controls.js";
import { Live } from "./live.js";
import { readTrace } from "./reading.js";
import { Stage } from "./stage.js";

function render({ model, el }) {
  const options = { title: model.get("title"), speed: model.get("speed"), pace: model.get("pace") || null };
  let part = null;
  if (model.get("live")) part = new Live(model, el, options);
  else {
    const root = element("div");
    el.append(root);
    part = new Stage(root, readTrace(JSON.parse(model.get("trace_json"))), options);
  }

  /* The live form takes the place of its static form, which is the output before it. */
  let statics = [];
  const found = requestAnimationFrame(() => {
    const before = el.closest(".jp-OutputArea-child")?.previousElementSibling;
    statics = before?.querySelector(".ec-static") ? [before] : [];
    for (const each of statics) each.style.display = "none";
  });
  return () => {
    cancelAnimationFrame(found);
    for (const each of statics) each.style.display = "";
    part.remove();
  };
}

export default { render };
