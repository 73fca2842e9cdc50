/* The buttons of the templates, and the hand that keeps them in the notebook.
 *
 * JupyterLab's and Notebook's widget managers know the notebook they are of, and with it the metadata
 * in its file; Voila's and VS Code's do not. What is there is told the kernel when the part comes into
 * a page, and the kernel answers with what is to stand there. */

const PLACE = "event_collector";

function notebookOf(model) {
  const notebook = model.widget_manager?.context?.model;
  return notebook?.getMetadata && notebook?.setMetadata ? notebook : null;
}

function initialize({ model }) {
  const notebook = model.get("keeps") ? notebookOf(model) : null;
  if (notebook === null) return undefined;
  const all = () => new Map(Object.entries(notebook.getMetadata(PLACE)?.templates ?? {}));
  const of = (bench) => {
    const found = all().get(bench);
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  };
  function write({ do: what, bench, texts }) {
    if (what !== "keep" || JSON.stringify(of(bench)) === JSON.stringify(texts)) return;
    const kept = all();
    if (texts.length) kept.set(bench, texts);
    else kept.delete(bench);
    const others = notebook.getMetadata(PLACE) ?? {};
    notebook.setMetadata(PLACE, { ...others, templates: Object.fromEntries(kept) });
  }
  model.on("msg:custom", write);
  model.send({ do: "found", texts: of(model.get("bench")) });
  return () => model.off("msg:custom", write);
}

function render({ model, el }) {
  el.classList.add("ec-template-bar");
  const buttons = new Map(); // by name, kept so that the focus stays where it is
  function draw() {
    const shown = model.get("buttons");
    const names = new Set(shown.map(({ name }) => name));
    for (const [name, button] of buttons) if (!names.has(name)) button.hidden = true;
    shown.forEach(({ name, label, title }, place) => {
      let button = buttons.get(name);
      if (button === undefined) {
        button = document.createElement("button");
        button.type = "button";
        button.className = "jupyter-button"; // as ipywidgets' own, which the styles know
        button.addEventListener("click", () => model.send({ do: name }));
        buttons.set(name, button);
      }
      const there = el.children[place];
      if (there !== button) el.insertBefore(button, there ?? null);
      button.hidden = false;
      button.textContent = label;
      button.title = title;
    });
  }
  function focus({ do: what, name }) {
    if (what === "focus") buttons.get(name)?.focus();
  }
  model.on("change:buttons", draw);
  model.on("msg:custom", focus);
  draw();
  return () => {
    model.off("change:buttons", draw);
    model.off("msg:custom", focus);
  };
}

export default { initialize, render };
