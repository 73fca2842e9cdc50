/* A payload, and under it two results side by side. All of it is set as text, never as HTML. */

function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function makePart() {
  const box = element("section", "ec-side");
  const heading = element("h3", "");
  const said = element("div", "");
  const text = element("pre", "ec-code");
  const note = element("div", "ec-note");
  text.tabIndex = 0; // it scrolls, by keyboard too
  box.append(heading, said, text, note);
  return { box, heading, said, text, note };
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

function render({ model, el }) {
  const parts = [makePart(), makePart(), makePart()];
  el.classList.add("ec-sides");
  el.setAttribute("role", "group");
  el.append(...parts.map(({ box }) => box));
  parts[0].box.classList.add("ec-payload");
  let of = "";

  function draw() {
    const given = model.get("parts");
    el.hidden = !given.length;
    given.forEach((each, place) => {
      const part = parts[place];
      write(part.heading, each.heading);
      write(part.said, each.said);
      write(part.text, each.text);
      write(part.note, each.note);
      part.said.className = each.state === "error" ? "ec-failed" : "ec-yes";
      part.text.classList.toggle("ec-traceback", each.state === "error");
      part.text.setAttribute("aria-label", each.heading);
    });
    const other = given.length ? model.get("of") : "";
    if (other && other !== of) {
      for (const { text } of parts) text.scrollTop = 0;
      requestAnimationFrame(() => el.scrollIntoView({ block: "nearest" }));
    }
    of = other;
  }
  model.on("change:parts", draw);
  draw();
  return () => model.off("change:parts", draw);
}

export default { render };
