/* Tabs over panels that lie side by side: they are switched in the page, without asking the kernel.
 *
 * Which panel is shown is the style's to say, by the mark on this element alone: it holds whenever the
 * panels come into the page, before this part or after it. */

let count = 0;

function render({ model, el }) {
  const mine = ++count;
  const list = document.createElement("div");
  list.className = "ec-tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "panels");
  keepKeys(el);
  el.append(list);
  const tabs = new Map();

  function choose(name, focus) {
    model.set("chosen", name);
    model.save_changes();
    if (focus) tabs.get(name).focus();
  }
  for (const { name, label } of model.get("tabs")) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `ec-tab-${mine}-${name}`;
    tab.setAttribute("role", "tab");
    tab.textContent = label;
    tab.addEventListener("click", () => choose(name, false));
    tabs.set(name, tab);
    list.append(tab);
  }
  list.addEventListener("keydown", (event) => {
    const names = [...tabs.keys()];
    const at = names.indexOf(model.get("chosen"));
    const goal = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(names[(goal + names.length) % names.length], true);
  });
  function draw() {
    const chosen = model.get("chosen");
    const home = el.parentElement;
    el.dataset.chosen = chosen;
    for (const [name, tab] of tabs) {
      tab.setAttribute("aria-selected", String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      const panel = home?.querySelector(`:scope > .ec-tab-${name}`);
      if (!panel) continue;
      panel.id ||= `ec-panel-${mine}-${name}`;
      tab.setAttribute("aria-controls", panel.id);
    }
  }
  model.on("change:chosen", draw);
  draw();
  // the panels beside it come after it, one by one
  const seen = new MutationObserver(draw);
  const cancel = whenAttached(el, () => {
    draw();
    seen.observe(el.parentElement, { childList: true });
  });
  return () => {
    cancel();
    seen.disconnect();
    model.off("change:chosen", draw);
  };
}

export default { render };
