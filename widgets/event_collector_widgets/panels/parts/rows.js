/* A window of rows: keyed, focusable, updated in place. What it shows is set as text, never as HTML.
 *
 * The kernel gives the rows of the window (`rows`), and how many there are in all. While the mouse is
 * over the rows none of them moves: what is in sight is updated in place, and new rows wait until the
 * mouse has left, so that a click hits the row that was aimed at. They wait as well while they would
 * push out the row that has the focus, so that the keyboard stays where it was. */

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

function initialize({ model }) {
  model.on("msg:custom", (message, buffers) => {
    if (message.do !== "download") return;
    const link = element("a", {
      href: URL.createObjectURL(new Blob([buffers[0]], { type: message.type })),
      download: message.name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

function render({ model, el }) {
  const head = element("tr", { role: "row" });
  const body = element("tbody", { role: "rowgroup" });
  const grid = element(
    "table",
    { className: "ec-grid", role: "grid" },
    element("thead", { role: "rowgroup" }, head),
    body,
  );
  const empty = element("p", { className: "ec-empty" });
  const scroll = element("div", { className: "ec-scroll" }, grid, empty);
  const where = element("span", { className: "ec-where" });
  const waiting = element("button", { className: "ec-small", type: "button", hidden: true });
  const newer = element("button", { className: "ec-small", type: "button" });
  const more = element("button", { className: "ec-small", type: "button" });
  const foot = element("div", { className: "ec-foot" }, where, waiting, newer, more);
  el.classList.add("ec-rows");
  keepKeys(el); // arrows and Enter are the rows', not the notebook's
  el.append(scroll, foot);

  const shown = new Map(); // by key: the row's element
  let over = false; // whether the mouse is over the rows
  let current = null; // the key of the one row that Tab reaches
  let sighted = ""; // the chosen row that was brought to sight, or was clicked where it is

  let sees = false; // whether all of the chosen row is in sight
  let height = 0; // of what is scrolled, when that was seen last

  const send = (what, key) => model.send({ do: what, key });
  /* What a row that is clicked chooses: itself, or nothing where it is chosen and a click folds it. */
  const chooses = (key) => (model.get("folds") && model.get("chosen") === key ? "" : key);
  const choose = (key) => {
    sighted = key;
    sees = true;
    model.set("chosen", key);
    model.save_changes();
  };

  function drawHead() {
    const columns = model.get("columns");
    head.replaceChildren(
      ...columns.map(({ label, kind }) =>
        element("th", {
          scope: "col",
          textContent: label,
          className: `ec-${kind}`,
          role: "columnheader",
        }),
      ),
    );
    if (model.get("actions").length) {
      head.append(
        element(
          "th",
          { scope: "col", className: "ec-acts", role: "columnheader" },
          element("span", { className: "ec-hidden", textContent: "actions" }),
        ),
      );
    }
    grid.setAttribute("aria-label", model.get("label"));
    empty.textContent = model.get("empty");
    [more.textContent, newer.textContent] = model.get("turns");
    body.replaceChildren();
    shown.clear();
  }

  function makeRow(key) {
    const row = element("tr", { tabIndex: -1, role: "row" });
    row.dataset.key = key;
    for (const { kind } of model.get("columns")) {
      row.append(element("td", { className: `ec-${kind}`, role: "gridcell" }));
    }
    if (model.get("actions").length) {
      row.append(element("td", { className: "ec-acts", role: "gridcell" }));
    }
    row.addEventListener("click", () => {
      reach(key);
      row.focus({ preventScroll: true });
      choose(chooses(key));
    });
    return row;
  }

  /* The buttons of a row; they are made anew only where they are other ones. */
  function equip(row, actions) {
    const wanted = JSON.stringify(actions);
    const cell = row.querySelector(":scope > .ec-acts");
    if (!cell || row.dataset.actions === wanted) return;
    row.dataset.actions = wanted;
    const key = row.dataset.key;
    const place = [...cell.children].indexOf(document.activeElement);
    const buttons = actions.map(({ name, label }) => {
      const button = element("button", {
        className: "ec-small",
        type: "button",
        tabIndex: row.tabIndex,
        textContent: label,
      });
      button.dataset.action = name;
      button.setAttribute("aria-label", `${label} ${key}`);
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        send(name, key);
      });
      return button;
    });
    cell.replaceChildren(...buttons);
    if (place >= 0) (buttons[place] ?? buttons.at(-1) ?? row).focus({ preventScroll: true });
  }

  function fill(row, { cells, state, title, actions }) {
    equip(row, actions ?? model.get("actions"));
    cells.forEach((text, place) => {
      const cell = row.cells[place];
      if (cell.textContent !== text) {
        cell.textContent = text;
        if (text.length > 24) cell.title = text;
        else cell.removeAttribute("title"); // an empty one would hide the row's
      }
    });
    if (row.dataset.state !== state) row.dataset.state = state;
    if (title && row.title !== title) row.title = title;
  }

  /* Make one row the one that Tab reaches, with its buttons. */
  function reach(key) {
    for (const each of [current, key]) {
      const row = shown.get(each);
      const place = each === key ? 0 : -1;
      if (!row) continue;
      row.tabIndex = place;
      for (const button of row.querySelectorAll("button")) button.tabIndex = place;
    }
    current = key;
  }

  /* Scroll until all of a row is seen, below the head that stays. */
  function bring(row) {
    const { top, bottom } = scroll.getBoundingClientRect();
    const mine = row.getBoundingClientRect();
    const above = top + grid.tHead.offsetHeight - mine.top;
    if (above > 0) scroll.scrollTop -= above;
    else scroll.scrollTop += Math.max(0, mine.bottom - bottom);
  }

  /* Whether all of the chosen row is in sight: what opens below makes the rows less high. */
  function look() {
    const row = shown.get(model.get("chosen"));
    const { top, bottom } = scroll.getBoundingClientRect();
    const mine = row?.getBoundingClientRect();
    sees = Boolean(row) && mine.top >= top - 1 && mine.bottom <= bottom + 1;
  }

  const resized = new ResizeObserver(() => {
    height = scroll.clientHeight;
    const row = shown.get(model.get("chosen"));
    if (sees && row) bring(row);
  });

  function mark() {
    const chosen = model.get("chosen");
    if (chosen !== sighted && shown.has(chosen)) {
      sighted = chosen;
      sees = true;
      bring(shown.get(chosen));
    } else if (scroll.clientHeight === height) {
      look(); // new rows may have moved it; at another height `resized` is about to be called
    }
    for (const [key, row] of shown) row.setAttribute("aria-selected", String(key === chosen));
    if (!shown.has(current)) reach(shown.has(chosen) ? chosen : (shown.keys().next().value ?? null));
  }

  /* Whether the row that has the focus is not among these. */
  function pushesOut(rows) {
    const focused = body.contains(document.activeElement) && document.activeElement.closest("tr");
    return Boolean(focused) && !rows.some(({ key }) => key === focused.dataset.key);
  }

  function draw() {
    const rows = model.get("rows");
    const fresh = rows.filter(({ key }) => !shown.has(key)).length;
    for (const each of rows) if (shown.has(each.key)) fill(shown.get(each.key), each);
    const held = fresh > 0 && shown.size > 0 && (over || pushesOut(rows));
    if (!held) place(rows);
    waiting.hidden = !held;
    waiting.textContent = `${fresh} new`;
    where.textContent = model.get("where");
    newer.hidden = !model.get("newer");
    more.hidden = !model.get("more");
    foot.hidden = !where.textContent && newer.hidden && more.hidden && waiting.hidden;
    empty.hidden = rows.length > 0;
    grid.hidden = rows.length === 0;
    mark();
  }

  /* Put the rows in their order, keeping the elements that are there, and so the focus. */
  function place(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    const focused = body.contains(document.activeElement);
    for (const [key, row] of shown) {
      if (!keys.has(key)) {
        row.remove();
        shown.delete(key);
      }
    }
    let before = body.firstElementChild;
    for (const each of rows) {
      let row = shown.get(each.key);
      if (row === undefined) {
        row = makeRow(each.key);
        shown.set(each.key, row);
        fill(row, each);
      }
      if (row === before) before = row.nextElementSibling;
      else body.insertBefore(row, before);
    }
    if (focused && !body.contains(document.activeElement)) {
      body.firstElementChild?.focus({ preventScroll: true }); // its row has gone
    }
  }

  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    const moves = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" };
    const ends = { Home: "firstElementChild", End: "lastElementChild" };
    const goal = moves[event.key] ? row[moves[event.key]] : body[ends[event.key]];
    if (goal) {
      reach(goal.dataset.key);
      goal.focus();
    } else if (event.target === row && (event.key === "Enter" || event.key === " ")) {
      choose(chooses(row.dataset.key));
    } else if (!moves[event.key]) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  body.addEventListener("pointerenter", (event) => {
    over = event.pointerType === "mouse";
  });
  body.addEventListener("pointerleave", () => {
    over = false;
    if (!waiting.hidden) draw();
  });
  scroll.addEventListener("scroll", look);
  resized.observe(scroll);
  body.addEventListener("focusout", ({ relatedTarget }) => {
    // A click on what waits shows it itself: hidden before, it would get no click.
    if (!waiting.hidden && relatedTarget !== waiting && !body.contains(relatedTarget)) draw();
  });
  waiting.addEventListener("click", ({ detail }) => {
    place(model.get("rows"));
    draw();
    scroll.scrollTop = 0;
    if (detail === 0) body.firstElementChild?.focus({ preventScroll: true }); // by keyboard
  });
  more.addEventListener("click", () => {
    send("more", "");
    scroll.scrollTop = 0;
  });
  newer.addEventListener("click", () => {
    send("newer", "");
    scroll.scrollTop = 0;
  });

  const changes = "change:rows change:where change:newer change:more";
  const again = () => {
    drawHead();
    draw();
  };
  const shapes = "change:columns change:actions change:label change:empty";
  model.on(changes, draw);
  model.on("change:chosen", mark);
  model.on(shapes, again);
  again();
  return () => {
    resized.disconnect();
    model.off(changes, draw);
    model.off("change:chosen", mark);
    model.off(shapes, again);
  };
}

export default { initialize, render };
