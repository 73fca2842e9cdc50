/* A panel's own line: it is announced when it changes. And the keys of the whole panel: with
 * Ctrl-Enter its main button is pressed, and no key that is pressed in it reaches the notebook.
 * And what the fields do not say by themselves to those who hear the page. */

/* A switch says whether it is on, several that belong together what they are for, and a field
 * without a label is called by its tooltip. */
function tell(panel) {
  for (const each of panel.querySelectorAll(".widget-toggle-button")) {
    const on = String(each.classList.contains("mod-active"));
    if (each.getAttribute("aria-pressed") !== on) each.setAttribute("aria-pressed", on);
  }
  for (const each of panel.querySelectorAll(".widget-toggle-buttons:not([role])")) {
    each.setAttribute("role", "group");
    each.setAttribute("aria-label", each.querySelector(".widget-label")?.textContent ?? "");
  }
  for (const each of panel.querySelectorAll(".ec-told:not([aria-live])")) {
    each.setAttribute("aria-live", "polite"); // what is wrong is said while it is typed
  }
  const fields = ":is(input, textarea, select)[title]:not([aria-label])";
  for (const each of panel.querySelectorAll(fields)) {
    const labels = [...each.labels].filter((label) => label.style.display !== "none");
    if (!labels.some((label) => label.textContent.trim())) each.setAttribute("aria-label", each.title);
  }
}

function listen(panel) {
  let due = 0;
  const seen = new MutationObserver((changes) => {
    const ours = ".ec-rows, .ec-detail, .ec-codeline, .ec-status"; // they say it themselves
    if (due || changes.every(({ target }) => target.closest(ours))) return;
    due = requestAnimationFrame(() => {
      due = 0;
      tell(panel);
    });
  });
  seen.observe(panel, { subtree: true, childList: true, attributeFilter: ["class", "title"] });
  tell(panel);
  return () => {
    cancelAnimationFrame(due);
    seen.disconnect();
  };
}

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
  let deaf = () => {};
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

  /* A field sends its next change only when the kernel was idle after the one before, and a click
   * would overtake it: the last letters would be missing. So after typing a click waits for an answer
   * of the kernel, by which time the field has sent all of it. */
  const clicks = [];
  let typed = 0;
  let passes = false;
  const mine = Math.random();
  const type = () => void typed++;
  function hold(event) {
    const button = event.target.closest(".jupyter-button:not(.widget-toggle-button, .widget-upload)");
    if (!button || !typed || passes) return;
    event.stopPropagation();
    event.preventDefault();
    clicks.push(button);
    model.send({ do: "ask", of: mine, typed });
  }
  function answered(message) {
    if (message.of !== mine) return;
    if (message.typed === typed) typed = 0;
    passes = true;
    clicks.shift()?.click();
    passes = false;
  }
  model.on("msg:custom", answered);

  /* A button that hides itself when it is pressed would leave the keys that follow to the notebook. */
  function keep(event) {
    requestAnimationFrame(() => {
      const lost = document.activeElement === document.body && panel?.isConnected;
      if (lost && !event.target.getClientRects().length) panel.focus({ preventScroll: true });
    });
  }
  /* For what is drawn to fit: told when the panel is first seen, and when it was resized, not while it
   * is hidden, nor for every pixel of a drag. */
  let due = 0;
  function measure() {
    const { clientWidth } = panel;
    if (!clientWidth || clientWidth === model.get("width")) return;
    model.set("width", clientWidth);
    model.save_changes();
  }
  const measured = new ResizeObserver(() => {
    clearTimeout(due);
    due = setTimeout(measure, 100);
    if (!model.get("width")) measure();
  });

  const cancel = whenAttached(el, () => {
    hideStatic();
    panel = el.closest(".ec-panel");
    if (panel === null) return;
    panel.dataset.lmSuppressShortcuts = "true";
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", model.get("panel"));
    deaf = listen(panel);
    if (model.get("measures")) measured.observe(panel);
    if (!panel.ecHolds) {
      panel.ecHolds = mine; // one line of a panel does it
      panel.addEventListener("input", type, true);
      panel.addEventListener("click", hold, true);
    }
    panel.tabIndex = -1;
    panel.addEventListener("focusout", keep);
    panel.addEventListener("keydown", press, true); // first: fields keep their keys to themselves
  });
  model.on("change:text change:kind", draw);
  draw();
  return () => {
    cancel();
    clearTimeout(due);
    measured.disconnect();
    deaf();
    for (const each of statics) each.style.display = "";
    panel?.removeEventListener("keydown", press, true);
    panel?.removeEventListener("focusout", keep);
    panel?.removeEventListener("input", type, true);
    panel?.removeEventListener("click", hold, true);
    if (panel?.ecHolds === mine) delete panel.ecHolds;
    model.off("msg:custom", answered);
    model.off("change:text change:kind", draw);
  };
}

export default { render };
