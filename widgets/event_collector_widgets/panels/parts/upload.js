/* A button that takes a file. The file comes in pieces, none of which is too long for the server's
 * websocket; one that is too large is not sent at all, and the kernel says so. */

function render({ model, el }) {
  el.classList.add("ec-upload");
  const field = document.createElement("input");
  field.type = "file";
  field.hidden = true;
  field.tabIndex = -1;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button widget-upload"; // as ipywidgets' own, which the styles know
  el.append(button, field);

  let number = 0; // of the file, so that the pieces of two never mix
  async function take(file) {
    const of = `${Date.now()} ${++number}`;
    const told = { of, name: file.name, size: file.size };
    if (file.size > model.get("most")) {
      model.send({ ...told, do: "too large" });
      return;
    }
    try {
      const content = await file.arrayBuffer();
      const piece = model.get("piece");
      for (let begin = 0; begin < Math.max(content.byteLength, 1); begin += piece) {
        model.send({ ...told, do: "piece" }, undefined, [content.slice(begin, begin + piece)]);
      }
    } catch (error) {
      model.send({ ...told, do: "unreadable", why: String(error) });
    }
  }
  button.addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    const file = field.files[0];
    field.value = ""; // so that the same file can be chosen again
    if (file) take(file);
  });
  function draw() {
    field.accept = model.get("accept");
    button.textContent = model.get("label");
    button.title = model.get("hint");
  }
  model.on("change:label change:hint change:accept", draw);
  draw();
  return () => model.off("change:label change:hint change:accept", draw);
}

export default { render };
