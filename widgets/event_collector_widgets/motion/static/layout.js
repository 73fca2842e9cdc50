/* Where the places of the picture lie, and where in them a token is. In px of the picture's own.
 *
 * A wide picture goes from left to right; a narrow one from top to bottom. */

export const CHIP = { width: 92, height: 26, gap: 5 };
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
 * `parts`: how many rows of collectors and lanes there are, and whether anything is ever parked. */
export function layout(parts, narrow) {
  return narrow ? tall(parts) : wide(parts);
}

function wide({ rows, lanes, parks, cuts }) {
  const row = rows > 6 ? 50 : rows > 4 ? 64 : 84;
  const body = Math.max(300, rows * (row + 8) - 8);
  const top = 54;
  const parked = parks ? 96 : 0;
  const box = (x, width, y = top, height = body) => ({ x, y, width, height });
  const places = {
    publisher: box(14, 96, top + body / 2 - 50, 100),
    buffer: box(158, 214, top, body - (parks ? parked + 34 : 0)),
    consumers: inMiddle(box(420, 146), Math.min(body, laneRows(lanes) * 44 + 12)),
    router: box(614, 92, top + body / 2 - 46, 92),
    undelivered: box(472, 500, top + body + 26, 66),
  };
  if (parks) places.parked = box(158, 214, top + body - parked, parked);
  if (cuts) places["cut off"] = box(158, 296, top + body + 26, 66);
  places.collectors = stack(rows, box(760, 212), row, 8);
  places.ends = places.collectors.map(({ y, height }) => ends(1000, 106, y, height));
  places.lanes = stack(laneRows(lanes), box(428, 130), laneRow(lanes, body), 4);
  return { places, width: 1120, height: top + body + 102, narrow: false };
}

function tall({ rows, lanes, parks, cuts }) {
  const row = rows > 6 ? 50 : 64;
  const places = { publisher: { x: 10, y: 44, width: 96, height: 84 } };
  places.buffer = { x: 150, y: 44, width: 260, height: 196 };
  let y = 262;
  if (parks) places.parked = { x: 150, y: (y += 26), width: 260, height: 66 };
  if (parks) y += 88;
  const laneHeight = Math.max(40, Math.min(160, laneRows(lanes) * 34 + 12));
  places.consumers = { x: 10, y: y + 22, width: 190, height: laneHeight };
  const room = { x: 18, y: y + 28, width: 174, height: laneHeight - 12 };
  places.lanes = stack(laneRows(lanes), room, laneRow(lanes, laneHeight), 4);
  places.router = { x: 262, y: y + 22, width: 92, height: 62 };
  y += laneHeight + 48;
  places.undelivered = { x: cuts ? 214 : 10, y: y + 4, width: cuts ? 196 : 400, height: 66 };
  if (cuts) places["cut off"] = { x: 10, y: y + 4, width: 196, height: 66 };
  y += 98;
  const box = { x: 10, y, width: 270, height: rows * (row + 8) - 8 };
  places.collectors = stack(rows, box, row, 8);
  places.ends = places.collectors.map((each) => ends(300, 110, each.y, each.height));
  return { places, width: 420, height: y + Math.max(box.height, 40) + 14, narrow: true };
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
  if (place === "router") return center(places.router, slot);
  if (place === "Ok" || place === "Error") return center(places.ends[row]?.[place] ?? places.router, 0);
  if (place === "collector") return inGrid(places.collectors[row], slot, crowd, 26);
  return inGrid(places[place], slot, crowd, place === "parked" ? 8 : 32);
}

/** Where in the buffer the turn of each token is written, while there are so many. */
export function turns({ places: { buffer } }) {
  const count = Math.floor((buffer.height - 18) / (CHIP.height + CHIP.gap));
  return Array.from({ length: count }, (_, n) => {
    const { x, y } = queued(buffer, n, 1);
    return { x: x - 10, y: y + 17.5 };
  });
}

/** In the buffer: the first is on top, those behind it below; many are drawn small, in rows. */
function queued(box, slot, crowd) {
  const perColumn = Math.floor((box.height - 18) / (CHIP.height + CHIP.gap));
  if (crowd <= perColumn)
    return { x: box.x + 64, y: box.y + 12 + slot * (CHIP.height + CHIP.gap), small: false };
  return dots(box, slot, 12);
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

function dots(box, slot, top) {
  const columns = Math.floor((box.width - 16) / DOT);
  const rows = Math.max(1, Math.floor((box.height - top - 4) / DOT));
  const [column, row] = [slot % columns, Math.floor(slot / columns)];
  const [x, y] = [box.x + 8 + column * DOT, box.y + top + row * DOT];
  return { x, y, small: true, hidden: row >= rows };
}

function center(box, slot) {
  const x = box.x + (box.width - CHIP.width) / 2;
  return { x, y: box.y + (box.height - CHIP.height) / 2 + slot * 3, small: false };
}

/** Where a token comes from that was not there yet. */
export const source = ({ places }) => center(places.publisher, 0);

/** The spots on the way from one place to another, without both ends. */
export function between(plan, from, to, lane) {
  const { places } = plan;
  const inLane = center(places.lanes[Math.min(lane, places.lanes.length - 1)] ?? places.consumers, 0);
  const router = center(places.router, 0);
  const waits = from === "buffer" || from === "parked" || from === "publisher";
  if (waits && (to === "collector" || to === "Ok" || to === "Error" || to === "undelivered"))
    return [inLane, router];
  if (waits && to === "router") return [inLane];
  return [];
}
