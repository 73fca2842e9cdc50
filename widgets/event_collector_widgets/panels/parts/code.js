/* What a click does, as code for a cell: folded to its last statement in one line, which opens on a
 * click, with a button that copies all of it, folded or not. */

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

/* The last statement in one line: what the click calls. Before it stand imports and preparations. */
function inShort(code) {
  const lines = code.split("\n").filter((line) => line.trim());
  let first = lines.length - 1;
  while (first > 0 && /^[\s)\]}#]/.test(lines[first])) first -= 1;
  return lines.slice(first).map((line) => line.trim()).join(" ");
}

/* Code that may break after punctuation too; what is selected and copied has nothing added. */
function write(node, code) {
  const pieces = code.split(/(?<=[.,(){}[\]=:/])/);
  node.replaceChildren(...pieces.flatMap((piece) => [piece, document.createElement("wbr")]));
}

function render({ model, el }) {
  el.classList.add("ec-codeline");
  const fold = document.createElement("button");
  fold.type = "button";
  fold.className = "ec-fold";
  const short = document.createElement("code");
  fold.append(short);
  const code = document.createElement("pre");
  code.className = "ec-code";
  code.tabIndex = 0;
  code.setAttribute("aria-label", "the same as code for a cell");
  code.setAttribute("role", "group");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ec-small ec-copy";
  button.textContent = "copy";
  button.setAttribute("aria-label", "copy the code");
  const told = document.createElement("span");
  told.className = "ec-hidden";
  told.setAttribute("role", "status");
  el.append(fold, code, button, told);

  let timer = 0;
  let open = false;
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
    const shown = model.get("shown");
    write(code, shown);
    short.textContent = open ? "code" : inShort(shown);
    fold.setAttribute("aria-expanded", String(open));
    fold.setAttribute("aria-label", open ? "fold the code" : "show all of the code");
    fold.title = open ? "fold the code" : "what this does, as code for a cell: click to see all of it";
    code.hidden = !open;
    el.hidden = !shown;
    button.hidden = !model.get("code");
  }
  fold.addEventListener("click", () => {
    open = !open;
    draw();
  });
  model.on("change:code change:shown", draw);
  draw();
  return () => {
    clearTimeout(timer);
    model.off("change:code change:shown", draw);
  };
}

export default { render };
