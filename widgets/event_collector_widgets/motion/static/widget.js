/* The widget: an animation whose trace is in the model, or comes from the kernel as things happen. */

import { element } from "./controls.js";
import { Live } from "./live.js";
import { hideStatic } from "./places.js";
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

  const show = hideStatic(el);
  return () => {
    show();
    part.remove();
  };
}

export default { render };
