"""At every frame of a run the sentence, the ring and the count of the buffer are of one picture."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.bundle import joined, style
from event_collector_widgets.motion.trace import Trace

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from event_collector.simulation import simulate
from tests.browser.motion import HELD, LOOK
from tests.browser.runs import a_page, show
from tests.widgets.motion.histories import a_long_line, kept, six_payloads

pytestmark = [pytest.mark.browser, pytest.mark.long]

NEXT = re.compile(r"“([^”]*)” goes next\.$")

MOST_APART = 0.3
"""Seconds for which the count of the buffer may be another than that of the tokens in it."""

PLAYED = (
    f"""async ([presses, every, frames]) => {{{HELD}{LOOK}
    const frame = await held();"""
    """
    const all = [...document.querySelectorAll("button")];
    const press = (name) => all.find((e) => e.textContent.includes(name)).click();
    const home = document.querySelector(".ec-one") ?? document.querySelector(".ec-motion");
    const seen = [];
    for (let each = 0; each < frames; each++) {
        if (each % every === 0 && each < presses.length * every) press(presses[each / every]);
        frame();
        seen.push(look(home));
    }
    return seen;
}"""
)
"""Presses buttons, one after so many frames, and looks at every frame."""

LIVE = (
    f"""async ([text, frames]) => {{{HELD}{LOOK}
    const frame = await held();"""
    """
    const said = JSON.parse(text);
    const rows = rowsFrom(said);
    const home = document.createElement("div");
    document.body.append(home);
    const silent = () => {};
    const live = new Live({ on: silent, off: silent, send: silent }, home, {});
    const state = { paused: false, closed: false, faults: [], question: null };
    live.hear({ kind: "all", view: null, trace: { ...said, events: [] }, state });
    const [SENT, WAITED, RESPONDED, CONSUMER, WAY] = [3, 4, 5, 6, 7];
    const told = rows.map(() => 0);
    const news = (now) => {
        const more = { events: [], taken: [[], [], []], done: [[], [], [], []] };
        for (const name of ["changes", "notes", "routes", "ways", "texts"]) more[name] = [];
        const put = (columns, cells) => columns.forEach((one, n) => one.push(cells[n]));
        rows.forEach((row, at) => {
            const times = [0, row[WAITED] ?? Infinity, row[RESPONDED] ?? Infinity];
            const stage = times.filter((each) => row[SENT] + each <= now).length;
            const before = told[at];
            told[at] = stage;
            const part = row.slice(0, stage < 3 ? WAY + 1 : row.length);
            if (stage < 3) part[RESPONDED] = part[WAY] = null;
            if (stage < 2) part[WAITED] = part[CONSUMER] = null;
            if (!before && stage) more.events.push([at, part]);
            else if (before < 2 && stage >= 2) put(more.taken, [at, row[WAITED], row[CONSUMER]]);
            if (before && before < 3 && stage === 3)
                put(more.done, [at, row[RESPONDED], row[WAY], row.slice(WAY + 1)]);
        });
        return more;
    };
    const seen = [];
    for (let each = 0; each < frames; each++) {
        if (each % 6 === 0) live.hear({ kind: "more", more: news((each / 60) * 1e6), state });
        frame();
        seen.push(look(home));
    }
    live.remove();
    return seen;
}"""
)
"""Tells a live picture of a trace, in ten messages a second, and looks at every frame."""


async def work(payload: Payload[str], ctx: Context) -> Result:
    """Take a second and a half."""
    await asyncio.sleep(1.5)
    return Ok(payload.value)


ORDERS = [*(Payload(f"order {n}") for n in range(6)), Payload("rye", topics=["bread"])]
LOST = Payload("lost", Delivery.KEY, keys=["nobody"])


def shop(keys: Sequence[str], most: int | None = None, apart: float = 0.2, **parts: Any) -> Trace:
    """Orders that come one after the other, to these collectors, of which the first has a limit."""

    def collector(key: str) -> Collector:
        topics = ["bread"] if key in ("oven", "courier") else []
        limit = most if key == keys[0] else None
        return Collector(key, work, topics=topics, max_concurrency=limit)

    async def main() -> History:
        queue = CollectorQueue([collector(key) for key in keys], min_consumers=1, **parts)
        history = History(queue)
        kept.append(queue)
        async with queue:
            for payload in [*ORDERS, LOST]:
                queue.get_publisher().send(payload)
                await asyncio.sleep(apart)
            await queue.get_publisher().wait()
        return history

    return Trace.of(simulate(main))


FIVE = ("till", "oven", "audit", "a warehouse far away", "courier")


def made() -> dict[str, Trace]:
    """Queues of each order, with consumers enough, too few, and with a collector that is full."""
    six = {kind.name: Trace.of(six_payloads(kind)) for kind in QueueType}
    last_first = shop(("till", "oven"), max_consumers=2, queue_type=QueueType.LIFO)
    return {
        **six,
        "last first": last_first,
        "five": shop(FIVE, max_consumers=2),
        "parked": shop(("till", "oven"), most=1, max_consumers=6),
        "line": Trace.of(a_long_line(14, "n")),
        "burst": shop(("till",), apart=0, max_consumers=8),
    }


@pytest.fixture(scope="module")
def runs() -> dict[str, Trace]:
    """The traces that are played, by name."""
    with ThreadPoolExecutor(1) as pool:  # a loop may run in this thread
        return pool.submit(made).result()


WIDE, NARROW = 1280, 520

CASES: list[tuple[str, str, float, int]] = [
    ("FIFO", "steps", 1, WIDE),
    ("LIFO", "steps", 4, NARROW),
    ("PRIORITY", "steps", 1, NARROW),
    ("FIFO", "clock", 1, NARROW),
    ("LIFO", "clock", 0.5, WIDE),
    ("PRIORITY", "clock", 4, WIDE),
    ("last first", "clock", 0.5, NARROW),
    ("five", "clock", 1, NARROW),
    ("five", "clock", 20, WIDE),
    ("five", "by hand", 1, NARROW),
    ("parked", "clock", 1, NARROW),
    ("parked", "by hand", 1, NARROW),
    ("burst", "clock", 0.5, NARROW),
    ("burst", "beside", 1.5, WIDE),
    ("line", "by hand", 1, WIDE),
    ("line", "clock", 4, NARROW),
    ("FIFO", "live", 1, NARROW),
    ("five", "live", 1, WIDE),
    ("parked", "live", 1, NARROW),
    ("burst", "live", 1, WIDE),
]
"""Of which trace, how it is played, how quickly, and how wide the page is."""


class Run:
    """What was seen of a run, frame by frame."""

    def __init__(self, name: str, how: str, trace: Trace, seen: list[dict[str, Any]]) -> None:
        self.name, self.how, self.trace, self.seen = name, how, trace, seen


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(map(str, case)))
def run(
    request: Any, browser: Any, runs: dict[str, Trace], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """A run in a page that nothing goes wrong in."""
    name, how, speed, width = request.param
    with a_page(browser) as page:
        page.set_viewport_size({"width": width, "height": 900 if width == NARROW else 720})
        trace = runs[name]
        yield Run(name, how, trace, seen_of(page, trace, how, speed, tmp_path_factory))


def seen_of(
    page: Any, trace: Trace, how: str, speed: float, folders: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """Play a trace, and look at every frame."""
    seen: list[dict[str, Any]]
    if how == "live":
        page.set_content(f"<style>{style('motion', 'live')}</style>")
        page.add_script_tag(content=joined("live"))
        seen = page.evaluate(LIVE, [trace.to_json(), 600])
        return seen
    pace: Literal["clock", "steps"] = "clock" if how == "clock" else "steps"
    beside = how == "beside"
    made = side_by_side({"a": trace, "b": trace}, speed=speed) if beside else None
    show(page, made or Animation(trace, pace=pace, speed=speed), folders.mktemp("run"))
    presses, every = (["Step"] * 24, 20) if how == "by hand" else (["Play"], 1)
    seen = page.evaluate(PLAYED, [presses, every, 600])
    return seen


def test_the_sentence_and_the_ring_name_one_payload(run: Run) -> None:
    """Whenever it is said who goes next and somebody is marked, it is the same one."""
    names = [(NEXT.search(each["said"]), each["ring"]) for each in run.seen]
    both = [(said[1], ring) for said, ring in names if said and ring]
    assert [(said, ring) for said, ring in both if said != ring] == []
    assert both or run.name not in ("five", "line") or run.how != "by hand"


def test_the_buffer_counts_those_that_are_drawn_in_it(run: Run) -> None:
    """But for a moment, in which a picture may be drawn twice."""
    more = longest(
        each["inside"] is not None and each["waiting"] > each["inside"] for each in run.seen
    )
    less = longest(
        each["inside"] is not None and each["waiting"] < each["inside"] for each in run.seen
    )
    assert max(more, less) / 60 < MOST_APART
    assert max(each["inside"] or 0 for each in run.seen) > 1


def test_no_more_are_busy_than_there_are_consumers(run: Run) -> None:
    """Though one is still on its way to the end when the next is taken."""
    assert run.trace.queue is not None
    assert 0 < max(each["busy"] for each in run.seen) <= (run.trace.queue.max_consumers or 0)


def longest(flags: Iterable[bool]) -> int:
    """How many follow each other at most that are true."""
    found = run = 0
    for each in flags:
        run = run + 1 if each else 0
        found = max(found, run)
    return found
