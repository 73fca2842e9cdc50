/* One line over the panels: what the workbench is, numbers that lead to where they come from, and
 * what a new user does next. */

function render({ model, el }) {
  el.classList.add("ec-strip");
  keepKeys(el);
  const name = document.createElement("span");
  name.className = "ec-name";
  const note = document.createElement("span");
  note.className = "ec-fact";
  const facts = document.createElement("span");
  facts.className = "ec-facts";
  const hint = document.createElement("span");
  hint.className = "ec-hint";
  el.append(name, note, facts, hint);

  const buttons = new Map(); // by name: the fact's button, kept so that the focus stays in it
  function draw() {
    name.textContent = model.get("name");
    note.textContent = model.get("note");
    hint.textContent = model.get("hint");
    const shown = model.get("facts");
    const names = new Set(shown.map((each) => each.name));
    for (const [key, button] of buttons) {
      if (!names.has(key)) {
        button.remove();
        buttons.delete(key);
      }
    }
    for (const { name: key, value, label, title, warns } of shown) {
      let button = buttons.get(key);
      if (button === undefined) {
        button = document.createElement("button");
        button.type = "button";
        button.append(document.createElement("b"), document.createElement("span"));
        button.addEventListener("click", () => model.send({ do: "show", key }));
        buttons.set(key, button);
        facts.append(button);
      }
      button.className = warns ? "ec-fact ec-warns" : "ec-fact";
      button.title = title;
      button.firstChild.textContent = value;
      button.lastChild.textContent = value ? ` ${label}` : label;
    }
  }
  model.on("change:name change:note change:facts change:hint", draw);
  draw();
  const cancel = whenParted(model, el, () => {
    still(el.closest(".ec-playground") ?? el, model.get("parted"));
  });
  return () => {
    cancel();
    model.off("change:name change:note change:facts change:hint", draw);
  };
}

export default { render };
