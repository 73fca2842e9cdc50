/* What is seen once the kernel behind the panels was restarted, or has ended: one line that says what
 * to do, and nothing that asks to be clicked. What was typed stays, to be copied. This stands before
 * the modules that use it, since a widget's module is one text. */

/* A widget's element has this class once its kernel was restarted; of a kernel that has ended it has
 * none, and only the kernel itself tells. */
const PARTED = "jupyter-widgets-disconnected";
const ENDS = ["restarting", "autorestarting", "terminating", "dead"];

function whenParted(model, el, act) {
  let done = false;
  const part = () => {
    if (!done) act();
    done = true;
  };
  const look = () => {
    if (el.classList.contains(PARTED)) part();
  };
  const hear = (_, status) => {
    if (ENDS.includes(status)) part();
  };
  const kernel = model.widget_manager?.kernel; // JupyterLab's and Notebook's managers have one
  kernel?.statusChanged?.connect(hear);
  kernel?.disposed?.connect(part);
  model.on("comm_live_update", look);
  look();
  return () => {
    kernel?.statusChanged?.disconnect(hear);
    kernel?.disposed?.disconnect(part);
    model.off("comm_live_update", look);
  };
}

/* Tabs, code and the copy buttons work in the page alone; and an animation plays on what it has, though
 * what it asks of the kernel asks in vain. */
const ALONE = ".ec-tabs, .ec-codeline";
const ASKS = ".ec-question, .ec-faults";
const alone = (part) => part.closest(ALONE) || (part.closest(".ec-motion") && !part.closest(ASKS));

/* Say the line above all that is in an element, and have the rest of it be still. */
function still(root, said) {
  if (root.classList.contains("ec-parted")) return;
  root.classList.add("ec-parted");
  const line = document.createElement("div");
  line.className = "ec-warning ec-parting";
  line.setAttribute("role", "alert");
  root.prepend(line);
  line.textContent = said;
  for (const each of root.querySelectorAll("button, input, select, textarea")) {
    if (alone(each)) continue;
    if (each.localName === "textarea" || each.type === "text") each.readOnly = true;
    else each.disabled = true;
  }
  for (const name of ["click", "keydown"]) {
    const stop = (event) => {
      const row = event.target.closest(".ec-grid tbody tr");
      if (!row || (name === "keydown" && event.key.startsWith("Arrow"))) return;
      event.stopPropagation(); // a row would be marked as opened, and nothing would be seen of it
    };
    root.addEventListener(name, stop, true);
  }
}
