"""The ways of tokens pass nothing that a payload does not come to."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.bundle import joined

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    History,
    Ok,
    Payload,
    Result,
)
from event_collector.simulation import simulate
from tests.browser.motion import HELD
from tests.browser.runs import a_page, show

pytestmark = [pytest.mark.browser, pytest.mark.long]

PASSED = """(form) => {
    const found = new Set();
    const middle = ({ x, y }) => [x + CHIP.width / 2, y + CHIP.height / 2];
    /** Whether a token that glides from a to b is ever within a box, be it as a dot. */
    const meets = (a, b, box) => {
        const { width, height } = a.dot || b.dot ? { width: 16, height: 16 } : CHIP;
        const [[x, y], [u, v]] = [middle(a), middle(b)];
        for (let share = 0; share <= 1; share += 0.05) {
            const [across, down] = [x + (u - x) * share, y + (v - y) * share];
            const beside = across + width / 2 <= box.x || across - width / 2 >= box.x + box.width;
            const apart = down + height / 2 <= box.y || down - height / 2 >= box.y + box.height;
            if (!beside && !apart) return true;
        }
        return false;
    };
    const look = (rows, parks, row, from, to) => {
        const plan = layout({ rows, lanes: 2, parks, cuts: false }, form);
        const start = from === "router" ? [spot(plan, { place: from, slot: 0 }, 1, 0)] : [];
        const end = spot(plan, { place: to, slot: 0 }, 1, row);
        const path = [...start, ...between(plan, from, to, { lane: 0, row }), end];
        plan.places.collectors.forEach((box, other) => {
            for (let leg = 1; other !== row && leg < path.length; leg++)
                if (meets(path[leg - 1], path[leg], box))
                    found.add(`${from} to ${to} of ${row}: in ${other} of ${rows}`);
        });
    };
    for (let rows = 1; rows <= 10; rows++)
        for (const parks of [false, true])
            for (let row = 0; row < rows; row++)
                for (const from of ["buffer", "parked", "router"])
                    for (const to of ["collector", "Ok", "Error"]) look(rows, parks, row, from, to);
    return [...found];
}"""
"""In which collectors a token is seen on its way to another, in a picture of this form."""

SEEN = (
    f"async () => {{{HELD}"
    """
    const frame = await held();
    [...document.querySelectorAll("button")].find((e) => e.textContent.includes("Play")).click();
    const boxes = [...document.querySelectorAll(".ec-collector > rect")];
    const [inside, dots] = [new Set(), new Set()];
    for (let each = 0; each < 400; each++) {
        frame();
        for (const token of document.querySelectorAll(".ec-token")) {
            const { left, top } = token.querySelector(".ec-shape").getBoundingClientRect();
            boxes.forEach((box, row) => {
                const { left: x, right, top: y, bottom } = box.getBoundingClientRect();
                if (left >= x && left < right && top >= y && top < bottom) inside.add(row);
                else if (left < x && top >= y && token.classList.contains("ec-dot")) dots.add(row);
            });
        }
    }
    return [[...inside], [...dots]];
}"""
)
"""Play; then in which collectors a token was seen, and beside which as a dot on the rail."""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


@pytest.mark.parametrize("form", ["", "narrow", "slim"])
def test_a_way_passes_no_other_collector(page: Any, form: str) -> None:
    page.add_script_tag(content=joined("layout"))
    assert page.evaluate(PASSED, form) == []


def to_the_last_of_five() -> History:
    """One payload, for the last collector."""

    async def keep(payload: Payload[str], ctx: Context) -> Result:
        return Ok(None)

    collectors = [Collector(f"c{n}", keep) for n in range(5)]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1)
    history = History(queue)

    async def main() -> None:
        async with queue:
            await queue.get_publisher().send(Payload("far", Delivery.KEY, keys=["c4"]))

    simulate(main)
    return history


def test_who_goes_to_the_last_collector_is_seen_in_no_other(page: Any, tmp_path: Path) -> None:
    """On a narrow page it runs along the rail beside the others, as a dot."""
    page.set_viewport_size({"width": 520, "height": 900})
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        history = pool.submit(to_the_last_of_five).result()
    show(page, Animation(history, pace="steps"), tmp_path)
    inside, dots = page.evaluate(SEEN)
    assert inside == [4]
    assert {0, 1, 2, 3} <= set(dots)


APART = (
    f"async () => {{{HELD}"
    """
    const frame = await held();
    [...document.querySelectorAll("button")].find((e) => e.textContent.includes("Play")).click();
    const router = document.querySelector(".ec-router > rect");
    const found = [];
    for (let each = 0; each < 300; each++) {
        frame();
        const end = router.getBoundingClientRect();
        const copies = new Map();
        for (const token of document.querySelectorAll(".ec-token")) {
            const { left, top } = token.querySelector(".ec-chip").getBoundingClientRect();
            const { event } = token.dataset;
            const spots = copies.get(event) ?? new Map();
            copies.set(event, spots.set(`${Math.round(left)} ${Math.round(top)}`, left));
        }
        for (const [event, spots] of copies) {
            const early = [...spots.values()].some((left) => left < end.left - 20);
            if (spots.size > 1 && early) found.push([each, event, end.left, ...spots.keys()]);
        }
    }
    return found;
}"""
)
"""Play; then when copies of a payload were seen apart before the router."""


def three_at_once() -> History:
    """Payloads for three collectors, each taken while it is seen on its way into the buffer."""

    async def keep(payload: Payload[str], ctx: Context) -> Result:
        await asyncio.sleep(0.6)
        return Ok(None)

    collectors = [Collector(f"c{n}", keep) for n in range(3)]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=2)
    history = History(queue)

    async def main() -> None:
        async with queue:
            for n in range(4):
                await queue.get_publisher().send(Payload(f"p{n}"))
                await asyncio.sleep(0.15)

    simulate(main)
    return history


def test_copies_of_a_payload_go_together_until_they_are_divided(page: Any, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        history = pool.submit(three_at_once).result()
    show(page, Animation(history, pace="clock"), tmp_path)
    assert page.evaluate(APART) == []
