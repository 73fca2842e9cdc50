/* Where the places of the picture lie, and where in them a token is. In px of the picture's own.
 *
 * A wide picture goes from left to right; a narrow one from top to bottom. */

export const CHIP = { width: 92, height: 26, gap: 5 };
const LEFT = 56; // of the tokens in the buffer their turns are written
const [NEAR, TURN] = [46, 21]; // the same where there are two columns, and of the second
const FIRST = 3; // of a crowd in the buffer, so many have their texts at least
const MORE_LINE = 15; // of a narrow tray: its reason has two lines
const DOT = 15; // a token that is drawn without its text
const MOST_COLLECTORS = 10;
const MOST_LANES = 16;

/** The collectors that the picture has room for; the others share the last place. */
export function rowsOf(keys) {
  if (keys.length <= MOST_COLLECTORS) return { shown: keys, more: 0 };
  return { shown: keys.slice(0, MOST_COLLECTORS - 1), more: keys.length - MOST_COLLECTORS + 1 };
}

/** The places: `{x, y, width, height}` by name, and the size of the whole.
 *
 * `parts`: how many rows of collectors and lanes there are, and whether anything is ever parked.
 * `form`: "" for a wide picture, "narrow" or "slim" for one from top to bottom. */
export function layout(parts, form) {
  return form ? tall(parts, form) : wide(parts);
}

function wide({ rows, lanes, parks, cuts }) {
  const row = rows > 6 ? 50 : rows > 4 ? 54 : rows > 3 ? 64 : 84;
  const gap = rows > 4 ? 4 : 8;
  const parked = parks ? 96 : 0;
  const body = Math.max(parks ? 320 : 300, rows * (row + gap) - gap);
  const top = 54;
  const box = (x, width, y = top, height = body) => ({ x, y, width, height });
  const places = {
    publisher: box(8, 96, top + body / 2 - 50, 100),
    buffer: box(132, 214, top, body - (parks ? parked + 34 : 0)),
    consumers: inMiddle(box(388, 146), Math.min(body, laneRows(lanes) * 44 + 12)),
    router: box(582, 92, top + body / 2 - 46, 92),
    undelivered: box(440, 500, top + body + 26, 66),
  };
  // Between few consumers and the collectors is room for the tray: so the picture is low, and large.
  const between = laneRows(lanes) <= 3 && !cuts;
  const tray = body > 330 ? 80 : 54; // of many collectors all of it is beside them
  if (between) places.undelivered = box(364, 320, top + body - tray, 80);
  if (parks) places.parked = box(132, 214, top + body - parked, parked);
  if (cuts) places["cut off"] = box(132, 296, top + body + 26, 66);
  places.collectors = stack(rows, box(718, 212), row, gap);
  places.ends = places.collectors.map(({ y, height }) => ends(954, 106, y, height));
  places.lanes = stack(laneRows(lanes), box(396, 130), laneRow(lanes, body), 4);
  const below = between ? 88 - tray : 102;
  return { places, width: 1068, height: top + body + below, narrow: false, between };
}

/* Where things stand in a picture from top to bottom: one that has a narrow page to itself, and a slim
 * one, of four beside each other. That is drawn about as large as it is, so that its texts are too. */
const FORMS = {
  narrow: { width: 428, x: 10, left: 128, second: 158, right: 260, low: 224, collector: 266, end: 308, ends: 110 },
  slim: { width: 300, x: 8, left: 110, second: 130, right: 162, low: 214, collector: 166, end: 208, ends: 84 },
};
const RAIL = 18; // what the way to several collectors takes, on their left

/** Beside the buffer stand the publisher and the consumers; below them the router with the tray beside
 * it, so that whoever goes to the collectors, on the left, crosses no tray. To the lower ones it goes
 * along a rail, so that nobody is seen in a collector that is only passed. */
function tall({ rows, lanes, parks, cuts }, form) {
  const { width, x, left, second, right, low } = FORMS[form];
  const [row, gap] = form === "slim" && rows > 3 ? [50, 4] : [rows > 6 ? 50 : 54, 8];
  const lanesFit = laneRows(lanes) * 20 + 12; // and no text of one lies on another's
  const laneHeight = Math.max(46, Math.min(160, laneRows(lanes) * 34 + 12), lanesFit);
  // Of several each is as large as its height lets it be: many consumers take room from the publisher.
  const roof = form === "slim" && laneHeight > 100 ? 120 : 146;
  const places = { publisher: { x, y: 28, width: left - 10, height: roof - 62 } };
  let y = Math.max(low, roof + laneHeight);
  places.buffer = { x: second, y: 28, width: right, height: y - 28 };
  places.consumers = { x, y: roof, width: left, height: laneHeight };
  const inside = { x: x + 6, y: roof + 6, width: left - 12, height: laneHeight - 12 };
  places.lanes = stack(laneRows(lanes), inside, laneRow(lanes, laneHeight), 4);
  if (parks) places.parked = { x: second, y: y + 28, width: right, height: 66 };
  if (parks) y += 94;
  places.router = { x: x + 8, y: y + 34, width: left - 20, height: 60 };
  const more = form === "slim" ? 0 : MORE_LINE;
  places.undelivered = { x: second, y: y + 16, width: right, height: 80 + more };
  y += more;
  if (cuts) places["cut off"] = { x: second, y: y + 104, width: right, height: 66 };
  y += cuts ? 184 : 110;
  const rail = rows > 1 ? { x: x + 6, y: y - 8 } : null;
  const box = { x: rail ? x + RAIL : x, y, width: FORMS[form].collector, height: rows * (row + gap) - gap };
  places.collectors = stack(rows, box, row, gap);
  places.ends = places.collectors.map((each) => ends(FORMS[form].end, FORMS[form].ends, each.y, each.height));
  const height = y + Math.max(box.height, 40) + 10;
  return { places, width, height, narrow: true, slim: form === "slim", between: true, rail };
}

/** A box of another height around the same middle. */
const inMiddle = (box, height) => ({ ...box, y: box.y + (box.height - height) / 2, height });

/** One row for each lane; beyond 16 consumers a single bar. */
const laneRows = (lanes) => (lanes > MOST_LANES ? 1 : Math.max(lanes, 1));
const laneRow = (lanes, body) => Math.min(34, (body - 16) / laneRows(lanes) - 4);
export const isBar = (lanes) => lanes > MOST_LANES;

/** Places of one height above each other, in the middle of a box. */
function stack(count, { x, y, width, height }, row, gap) {
  const first = y + (height - count * (row + gap) + gap) / 2;
  return Array.from({ length: count }, (_, n) => ({
    ...{ x, y: first + n * (row + gap), width, height: row },
  }));
}

/** Where the Oks and the Errors of a collector go. */
function ends(x, width, y, height) {
  const half = (height - 4) / 2;
  return {
    Ok: { x, y, width, height: half },
    Error: { x, y: y + half + 4, width, height: half },
  };
}

/** Where a token is: its upper left corner, and whether it is drawn small. `crowd` is how many there
 * are in its place, `row` the place of its collector among the rows. */
export function spot(plan, token, crowd, row) {
  const { places } = plan;
  const { place, slot } = token;
  if (place === "buffer") return queued(places.buffer, slot, crowd);
  if (place === "router") return atRouter(places.router, slot);
  if (place === "Ok" || place === "Error") return center(places.ends[row]?.[place] ?? places.router, 0);
  if (place === "collector") return inGrid(places.collectors[row], slot, crowd, places.collectors[row].height < 52 ? 22 : 26);
  const top = place === "parked" ? 8 : plan.between && place === "undelivered" ? 48 + (plan.narrow && !plan.slim ? MORE_LINE : 0) : 32;
  return inGrid(places[place], slot, crowd, top);
}

/** Where in the buffer the turn of each token is written, while there are so many. */
export function turns({ places: { buffer } }) {
  const [perColumn, columns] = roomIn(buffer);
  return Array.from({ length: perColumn * columns }, (_, n) => {
    const { x, y } = queued(buffer, n, 1);
    return { x: x - (columns > 1 ? 3 : 10), y: y + 17.5 };
  });
}

/** From one in the buffer to the next. Six must have room in a low one too: a lesson has six. */
const pitch = ({ height }) => CHIP.height + (height < 200 ? 2 : CHIP.gap);

/** How many have room in the buffer with their texts: in a column, and columns. */
const roomIn = (box) => [
  Math.floor((box.height - 18) / pitch(box)),
  1 + Math.max(0, Math.floor((box.width - NEAR - CHIP.width - 3) / (TURN + CHIP.width))),
];

/** Of so many in the buffer, how many have their texts: those that go first have, however many wait, and
 * as many as leave room for the others. */
export function numbered({ places: { buffer } }, count) {
  const [perColumn, columns] = roomIn(buffer);
  if (count <= perColumn * columns) return count;
  let first = Math.max(1, Math.min(FIRST, perColumn - 2));
  while (first + 1 < perColumn && count - first - 1 <= roomBelow(buffer, first + 1)) first += 1;
  return first;
}

/** Below so many with their texts, how many have room in the buffer that are drawn small. */
function roomBelow(box, first) {
  const [columns, rows] = dotsIn(box, below(box, first), LEFT);
  return columns * rows;
}

const below = (box, first) => 17 + first * pitch(box);

/** In the buffer: the first is on top, those behind it below, and then beside it where that has
 * room; of many all but the first few are drawn small, in rows. */
function queued(box, slot, crowd) {
  const [perColumn, columns] = roomIn(box);
  const first = numbered({ places: { buffer: box } }, crowd);
  const left = columns > 1 ? NEAR : LEFT;
  if (slot >= first && crowd > first) return dots(box, slot - first, below(box, first), left);
  const [column, row] = [Math.floor(slot / perColumn), slot % perColumn];
  return { x: box.x + left + column * (CHIP.width + TURN), y: box.y + 12 + row * pitch(box), small: false };
}

/** In rows from the upper left; what has no room is drawn small, and then not at all. */
function inGrid(box, slot, crowd, top) {
  const columns = Math.floor((box.width - 8) / (CHIP.width + 4));
  const rows = Math.max(1, Math.floor((box.height - top + 2) / (CHIP.height + 2)));
  if (crowd > columns * rows) return dots(box, slot, top);
  const [column, row] = [slot % columns, Math.floor(slot / columns)];
  const y = box.y + top + row * (CHIP.height + 2);
  return { x: box.x + 8 + column * (CHIP.width + 4), y, small: false };
}

function dots(box, slot, top, left = 8) {
  const [columns, rows] = dotsIn(box, top, left);
  const [column, row] = [slot % columns, Math.floor(slot / columns)];
  const [x, y] = [box.x + left + column * DOT, box.y + top + row * DOT];
  return { x, y, small: true, hidden: row >= rows };
}

/** How many that are drawn small have room in a row, and rows. */
const dotsIn = (box, top, left) => [
  Math.floor((box.width - left - 8) / DOT),
  Math.max(1, Math.floor((box.height - top - 4) / DOT)),
];

function center(box, slot) {
  const x = box.x + (box.width - CHIP.width) / 2;
  return { x, y: box.y + (box.height - CHIP.height) / 2 + slot * 3, small: false };
}

/** In the middle of the router, or above: below stands its name. */
function atRouter(box, slot) {
  const above = Math.min((box.height - CHIP.height) / 2, box.height - 31 - CHIP.height);
  return { x: box.x + (box.width - CHIP.width) / 2, y: box.y + above + Math.min(slot, 3) * 3, small: false };
}

/** Where a token comes from that was not there yet. */
export const source = ({ places }) => center(places.publisher, 0);

/** The spots on the way from one place to another, without both ends. */
export function between(plan, from, to, { lane, row }) {
  const { places } = plan;
  const inLane = center(places.lanes[Math.min(lane, places.lanes.length - 1)] ?? places.consumers, 0);
  const router = atRouter(places.router, 0);
  const { undelivered } = places;
  const under = { x: router.x, y: undelivered.y + undelivered.height - CHIP.height - 4 };
  const falls = plan.narrow ? [] : [under];
  const waits = from === "buffer" || from === "parked" || from === "publisher";
  const collector = places.collectors[row];
  const along = collector ? past(plan, collector) : [];
  if (waits && to === "undelivered") return [inLane, router, ...falls];
  if (from === "router" && to === "undelivered") return falls;
  const first = waits ? [inLane, router] : from === "router" && along.length ? [] : null;
  if (first && to === "collector") return [...first, ...along];
  if (first && (to === "Ok" || to === "Error")) return [...first, ...along, center(collector, 0)];
  if (waits && to === "router") return [inLane];
  return [];
}

/** The way from the router past the other collectors: beside all of them, or as a dot along the rail. */
function past({ narrow, rail }, { x, y, height }) {
  const middle = y + height / 2 - CHIP.height / 2;
  if (!narrow) return [{ x: x - CHIP.width - 4, y: middle, passes: true }];
  if (!rail) return [];
  return [rail.y - CHIP.height / 2, middle].map((each) => ({ x: rail.x - CHIP.width / 2, y: each, passes: true, dot: true }));
}
