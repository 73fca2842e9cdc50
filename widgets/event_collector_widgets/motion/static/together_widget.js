/* The widget of several traces. */

import { element } from "./controls.js";
import { hideStatic } from "./places.js";
import { readTrace } from "./reading.js";
import { Together } from "./together.js";

function render({ model, el }) {
  const root = element("div");
  el.append(root);
  const named = JSON.parse(model.get("traces_json")).map(([name, said]) => [name, readTrace(said)]);
  const part = new Together(root, named, { title: model.get("title"), speed: model.get("speed") });
  const show = hideStatic(el);
  return () => {
    show();
    part.remove();
  };
}

export default { render };
