/* One thing in full: a title, buttons, and sections. What it shows is set as text, never as HTML;
 * of pictures only data of an image type is shown, as an image, in which no script runs. */

const IMAGE = /^data:image\/(png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=\s]*$/;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function render({ model, el }) {
  const title = element("h4", { className: "ec-detail-title" });
  title.setAttribute("aria-live", "polite");
  const buttons = element("span", { className: "ec-detail-acts" });
  const head = element("div", { className: "ec-detail-head" }, title, buttons);
  const body = element("div", { className: "ec-detail-body", tabIndex: 0 });
  el.classList.add("ec-detail");
  el.setAttribute("role", "region");
  keepKeys(el);
  el.append(head, body);

  const shown = new Map(); // by key: a section's parts
  let of = "";

  function drawActions() {
    buttons.replaceChildren(
      ...model.get("actions").map(({ name, label }) => {
        const button = element("button", {
          className: "ec-small",
          type: "button",
          textContent: label,
        });
        button.addEventListener("click", () => model.send({ do: name, key: "" }));
        return button;
      }),
    );
  }

  function make(key) {
    const heading = element("h5", { className: "ec-detail-heading" });
    const note = element("span", { className: "ec-note" });
    const lift = element("button", { className: "ec-small", type: "button" });
    const foot = element("div", { className: "ec-detail-foot" }, note, lift);
    const box = element("section", {}, heading, foot);
    lift.addEventListener("click", () => model.send({ do: "lift", key }));
    return { box, heading, foot, note, lift, content: null, kind: "" };
  }

  function fill(parts, { heading, kind, state, text, note, lift }) {
    if (parts.kind !== kind) {
      parts.content?.remove();
      parts.content = kind === "image" ? element("img") : element(kind === "line" ? "p" : "pre");
      parts.content.className =
        { image: "ec-picture", line: "ec-note", traceback: "ec-code ec-traceback" }[kind] ?? "ec-code";
      parts.box.insertBefore(parts.content, parts.foot);
      parts.kind = kind;
    }
    write(parts.heading, heading);
    parts.heading.hidden = !heading;
    parts.box.dataset.state = state;
    if (kind === "image") {
      parts.content.alt = note || "a picture that the processor has shown";
      if (IMAGE.test(text) && parts.content.getAttribute("src") !== text) parts.content.src = text;
    } else {
      write(parts.content, text);
    }
    parts.content.hidden = !text;
    write(parts.note, note);
    write(parts.lift, lift);
    parts.lift.hidden = !lift;
    parts.lift.setAttribute("aria-label", heading ? `${lift}: ${heading}` : lift);
    parts.foot.hidden = kind === "image" || (!note && !lift);
  }

  function draw() {
    const sections = model.get("sections");
    const keys = new Set(sections.map(({ key }) => key));
    write(title, model.get("title"));
    el.setAttribute("aria-label", model.get("title"));
    const leaves = !model.get("title") && el.contains(document.activeElement);
    el.hidden = !model.get("title");
    if (leaves) el.closest(".ec-panel")?.querySelector('tr[tabindex="0"]')?.focus();
    for (const [key, { box }] of shown) {
      if (keys.has(key)) continue;
      box.remove();
      shown.delete(key);
    }
    let before = body.firstElementChild;
    for (const each of sections) {
      if (!shown.has(each.key)) shown.set(each.key, make(each.key));
      const parts = shown.get(each.key);
      fill(parts, each);
      if (parts.box === before) before = before.nextElementSibling;
      else body.insertBefore(parts.box, before);
    }
    if (of !== model.get("of")) body.scrollTop = 0;
    of = model.get("of");
  }

  el.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    model.send({ do: "close", key: "" });
  });
  model.on("change:title change:sections", draw);
  model.on("change:actions", drawActions);
  drawActions();
  draw();
  return () => {
    model.off("change:title change:sections", draw);
    model.off("change:actions", drawActions);
  };
}

export default { render };
