/* What a click does, as code for a cell, with a button that copies it. */

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // a page that was not served securely has no clipboard of the newer kind
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

function render({ model, el }) {
  el.classList.add("ec-codeline");
  const code = document.createElement("pre");
  code.className = "ec-code";
  code.tabIndex = 0;
  code.setAttribute("aria-label", "the same as code for a cell");
  code.setAttribute("role", "region");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ec-small ec-copy";
  button.textContent = "copy";
  button.setAttribute("aria-label", "copy the code");
  const told = document.createElement("span");
  told.className = "ec-hidden";
  told.setAttribute("role", "status");
  el.append(code, button, told);

  let timer = 0;
  button.addEventListener("click", async () => {
    await copy(model.get("code"));
    button.textContent = "copied";
    told.textContent = "copied";
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = "copy";
      told.textContent = "";
    }, 1500);
  });
  function draw() {
    code.textContent = model.get("shown");
    el.hidden = !model.get("shown");
    button.hidden = !model.get("code");
  }
  model.on("change:code change:shown", draw);
  draw();
  return () => {
    clearTimeout(timer);
    model.off("change:code change:shown", draw);
  };
}

export default { render };
