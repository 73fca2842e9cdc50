/* A panel's own line: it is announced when it changes. And the keys of the whole panel: with
 * Ctrl-Enter its main button is pressed, and no key that is pressed in it reaches the notebook. */

function render({ model, el }) {
  el.classList.add("ec-status");
  const regions = {};
  for (const [kind, live] of [["said", "polite"], ["right", "polite"], ["error", "assertive"]]) {
    const region = document.createElement("div");
    region.className = `ec-${kind}`;
    region.setAttribute("aria-live", live);
    region.setAttribute("role", kind === "error" ? "alert" : "status");
    el.append(region);
    regions[kind] = region;
  }
  function draw() {
    for (const [kind, region] of Object.entries(regions)) {
      const text = kind === model.get("kind") ? model.get("text") : "";
      if (region.textContent !== text) region.textContent = text;
      region.hidden = !text;
    }
  }

  /* The live panel takes the place of its static form, which is the output before it. */
  let statics = [];
  function hideStatic() {
    const mine = el.closest(".jp-OutputArea-child");
    const before = mine?.previousElementSibling;
    statics = before?.querySelector(".ec-static") ? [before] : [];
    for (const each of statics) each.style.display = "none";
  }

  let panel = null;
  function press(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.defaultPrevented) return; // by the other line of a panel that has two
    const button = [...panel.querySelectorAll("button.ec-primary")].find(
      (each) => !each.disabled && each.getClientRects().length,
    );
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  }
  const found = requestAnimationFrame(() => {
    hideStatic();
    panel = el.closest(".ec-panel");
    if (panel === null) return;
    panel.dataset.lmSuppressShortcuts = "true";
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", model.get("panel"));
    panel.addEventListener("keydown", press, true); // first: fields keep their keys to themselves
  });
  model.on("change:text change:kind", draw);
  draw();
  return () => {
    cancelAnimationFrame(found);
    for (const each of statics) each.style.display = "";
    panel?.removeEventListener("keydown", press, true);
    model.off("change:text change:kind", draw);
  };
}

export default { render };
