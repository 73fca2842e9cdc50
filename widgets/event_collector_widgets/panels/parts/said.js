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
  let letGo = () => {};
  function press(event) {
    if (event.repeat && /^(Enter| )$/.test(event.key) && event.target.closest("button")) {
      swallow(event);
      return;
    }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.repeat) {
      swallow(event);
      return;
    }
    if (event.defaultPrevented) return; // by the other line of a panel that has two
    const button = [...panel.querySelectorAll("button.ec-primary")].find(
      (each) => !each.disabled && each.getClientRects().length,
    );
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  }

  /* A double click and a held key press what is there when they begin, and not the question, or another
   * button, that comes to stand in its place: the second click counts only where it hits what the first
   * one has hit, if that says the same still, and what a held key repeats counts nowhere. On a button
   * that does something once, such as Define, Send or Cancel, the second half of a double click is nothing. */
  const ONCE = ".ec-primary, .mod-primary, .mod-danger, .ec-once";
  let pressed = { button: null, says: "" };
  function swallow(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  function steady(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (event.detail < 2) pressed = { button, says: button.textContent };
    else if (
      button !== pressed.button || button.textContent !== pressed.says || button.matches(ONCE)
    ) swallow(event);
  }

  /* What is typed or chosen takes its way by the field's own messages, and a click would overtake it:
   * the last letters would be missing, or the choice. So a click after that waits until the kernel has
   * what stands in the fields; if that is never so, it goes out all the same, after some seconds. */
  const LONGEST = 5_000; // ms
  const FIELDS = {
    ".widget-text input, .widget-textarea textarea": (field) => `text:${field.value}`,
    ".widget-dropdown select, .widget-select-multiple select": (field) =>
      `menu:${[...field.selectedOptions].map((option) => option.value).sort().join("\n")}`,
    ".widget-toggle-buttons": (field) =>
      `choice:${decodeURIComponent(field.querySelector(".mod-active")?.dataset.value ?? "")}`,
    "button.widget-toggle-button:not(.widget-toggle-buttons *)": (field) =>
      `switch:${field.classList.contains("mod-active")}`,
    ".widget-checkbox input": (field) => `box:${field.checked}`,
  };
  const seen = () =>
    Object.entries(FIELDS).flatMap(([kind, said]) => [...panel.querySelectorAll(kind)].map(said));
  const clicks = [];
  let typed = 0;
  let passes = false;
  let since = 0;
  const mine = Math.random();
  const type = () => void typed++;
  const ask = () => void model.send({ do: "ask", of: mine, typed, seen: seen() });
  function hold(event) {
    if (event.target.closest(".widget-toggle-button")) type();
    const button = event.target.closest(".jupyter-button:not(.widget-toggle-button, .widget-upload)");
    if (!button || !typed || passes) return;
    event.stopPropagation();
    event.preventDefault();
    clicks.push(button);
    if (clicks.length > 1) return; // it has been asked
    since = performance.now();
    ask();
  }
  function answered(message) {
    if (message.of !== mine || !clicks.length) return;
    if (!message.arrived && performance.now() - since < LONGEST) {
      setTimeout(ask, 20);
      return;
    }
    if (message.typed === typed) typed = 0;
    passes = true;
    for (const button of clicks.splice(0)) button.click();
    passes = false;
  }
  model.on("msg:custom", answered);

  /* A button that hides itself when it is pressed would leave the keys that follow to the notebook.
   * One that cannot be pressed while its work goes on gets the focus back when it can, unless that
   * has gone elsewhere: until then the browser keeps the place from where Tab goes on. */
  const back = new MutationObserver((changes) => {
    const button = changes.at(-1).target;
    if (button.disabled) return;
    back.disconnect();
    if (isLost()) button.focus({ preventScroll: true });
  });
  const isLost = () => document.activeElement === document.body && panel?.isConnected;
  function keep({ target }) {
    const waits = target.disabled; // else a click beside the panel has taken the focus
    requestAnimationFrame(() => {
      if (!isLost()) return;
      if (!target.getClientRects().length) panel.focus({ preventScroll: true });
      else if (!waits) return;
      else if (target.disabled) back.observe(target, { attributeFilter: ["disabled"] });
      else target.focus({ preventScroll: true });
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

  let stay = () => {};
  const cancel = whenAttached(el, () => {
    hideStatic();
    panel = el.closest(".ec-panel");
    if (panel === null) return;
    stay = whenParted(model, el, () => {
      if (!el.closest(".ec-playground")) still(panel, model.get("parted")); // which says it itself
    });
    letGo = keepKeys(panel);
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", model.get("panel"));
    deaf = listen(panel);
    if (model.get("measures")) measured.observe(panel);
    if (model.get("holds") && !panel.ecHolds) {
      panel.ecHolds = mine; // one line of a panel does it
      panel.addEventListener("input", type, true);
      panel.addEventListener("click", steady, true);
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
    stay();
    clearTimeout(due);
    measured.disconnect();
    back.disconnect();
    deaf();
    letGo();
    for (const each of statics) each.style.display = "";
    panel?.removeEventListener("keydown", press, true);
    panel?.removeEventListener("focusout", keep);
    panel?.removeEventListener("input", type, true);
    panel?.removeEventListener("click", steady, true);
    panel?.removeEventListener("click", hold, true);
    if (panel?.ecHolds === mine) delete panel.ecHolds;
    model.off("msg:custom", answered);
    model.off("change:text change:kind", draw);
  };
}

export default { render };
