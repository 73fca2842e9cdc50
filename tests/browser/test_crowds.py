"""Where there is much of everything, the picture says what it leaves out, and nothing is cut."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.trace import Trace, TracedEvent, TracedResult
from playwright.sync_api import expect

from tests.browser.motion import HELD, OVER
from tests.browser.runs import a_page, show, traces
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

SHOWN = """() => new Set([...document.querySelectorAll(".ec-token")]
    .filter((e) => e.style.visibility !== "hidden").map((e) => e.dataset.event)).size"""
"""How many payloads have a token in sight."""

CUT = """() => [...document.querySelectorAll(".ec-scene")].flatMap((scene) => {
    const around = scene.getBoundingClientRect();
    const seen = (e) => e.textContent && e.checkVisibility();
    const texts = [...scene.querySelectorAll("text")].filter(seen);
    return texts.filter((e) => {
        const box = e.getBoundingClientRect();
        return box.left < around.left - 1 || box.right > around.right + 1;
    }).map((e) => e.textContent);
})"""
"""The texts that stand out of their picture."""

COUNTS = """() => [...document.querySelectorAll(".ec-count, .ec-lane")].map((e) => e.textContent)
    .filter((text) => text.includes("…"))"""
"""The counts that are cut."""

ON_NEIGHBOURS = """() => [...document.querySelectorAll(".ec-head")].flatMap((head) => {
    const box = head.getBoundingClientRect();
    const places = [...document.querySelectorAll(".ec-place > rect")];
    return places.map((e) => e.getBoundingClientRect()).some((on) =>
        box.left < on.left && box.right > on.left && box.top > on.top && box.bottom < on.bottom)
        ? [head.textContent] : [];
})"""
"""The names of places that reach into another place."""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


def crowded(waiting: int, serving: int = 0, *, consumers: int = 1, **parts: Any) -> Trace:
    """So many wait, and so many are in service."""
    trace = traces()["FIFO"]
    assert trace.queue is not None
    first = trace.events[0]

    def event(n: int) -> TracedEvent:
        taken = first.accepted if n <= serving else None
        consumer = n if n <= serving else None
        return replace(first, id=n, taken=taken, finished=None, consumer=consumer, results=())

    events = tuple(event(n) for n in range(1, waiting + serving + 1))
    return Trace(events, replace(trace.queue, max_consumers=consumers, **parts))


def to_the_end(page: Any) -> None:
    """Go there by the time bar."""
    page.get_by_role("slider", name="time").press("End")


@pytest.mark.parametrize("width", [1280, 520])
def test_those_that_have_no_room_are_told_of(page: Any, tmp_path: Path, width: int) -> None:
    """As many as the picture says are in sight; and who goes next is marked."""
    page.set_viewport_size({"width": width, "height": 900})
    show(page, Animation(crowded(250)), tmp_path)
    to_the_end(page)
    note = page.locator(".ec-share")
    note.filter(has_text="of 250 payloads are drawn; counts are exact").wait_for(timeout=10_000)
    becomes(page, lambda: f"{page.evaluate(SHOWN)} of 250", note.inner_text().split(" pay")[0])
    expect(page.locator(".ec-next")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 520])
def test_of_a_share_all_are_in_sight_and_none_has_a_turn(
    page: Any, tmp_path: Path, width: int
) -> None:
    """One of so many as is said; nobody is second of those that are not drawn."""
    page.set_viewport_size({"width": width, "height": 900})
    show(page, Animation(crowded(6_000)), tmp_path)
    to_the_end(page)
    note = page.locator(".ec-share").filter(has_text="payloads is drawn; counts are exact")
    note.wait_for()
    share = int(note.inner_text().split()[2])
    becomes(page, lambda: page.evaluate(SHOWN), 6_000 // share)
    expect(page.locator(".ec-turn:not(.ec-none)")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 520])
@pytest.mark.parametrize("consumers", [16, 1_200])
def test_counts_of_many_consumers_have_room(
    page: Any, tmp_path: Path, width: int, consumers: int
) -> None:
    """Beside the next place, on no other text, and whole."""
    page.set_viewport_size({"width": width, "height": 900})
    trace = crowded(1_500, consumers, consumers=consumers, order="PRIORITY", max_queued=100_000)
    show(page, Animation(trace), tmp_path)
    to_the_end(page)
    page.locator(".ec-head").filter(has_text="buffer · PRIORITY · 1,500").wait_for()
    becomes(page, lambda: page.evaluate(OVER), [])
    becomes(page, lambda: page.evaluate(ON_NEIGHBOURS), [])
    assert page.evaluate(CUT) == page.evaluate(COUNTS) == []


def test_how_many_are_parked_is_seen_beside_others(page: Any, tmp_path: Path) -> None:
    """Where four pictures have little room each; and the buffer does not count them once more."""
    trace = crowded(7, 1, consumers=1_200)
    assert trace.queue is not None
    change = trace.queue.changes[0]
    full = tuple(replace(one, max_concurrency=1) for one in change.collectors)
    trace = replace(trace, queue=replace(trace.queue, changes=(replace(change, collectors=full),)))
    show(page, side_by_side(dict.fromkeys("abcd", trace)), tmp_path)
    to_the_end(page)
    page.locator(".ec-head").filter(has_text="parked · 7").nth(3).wait_for(timeout=10_000)
    expect(page.locator(".ec-head").filter(has_text="FIFO · 0 waiting")).to_have_count(4)
    assert page.evaluate(CUT) == page.evaluate(COUNTS) == []


def one_at_a_time() -> Trace:
    """Six payloads for a collector that has room for one, each of which takes it a second."""
    trace = traces()["FIFO"]
    assert trace.queue is not None
    change = trace.queue.changes[0]
    full = (replace(change.collectors[0], max_concurrency=1),)
    first = replace(trace.events[0], results=(TracedResult(full[0].key, "Ok", "done"),))
    start = first.accepted
    events = tuple(
        replace(first, id=n + 1, taken=start + n, finished=start + n + 1) for n in range(6)
    )
    queue = replace(trace.queue, max_consumers=4, changes=(replace(change, collectors=full),))
    return Trace(events, queue)


def test_those_that_are_parked_stay_until_their_turn(page: Any, tmp_path: Path) -> None:
    """While one is done and the next is taken at the same moment, nobody else sets out."""
    show(page, Animation(one_at_a_time(), pace="clock"), tmp_path)
    seen = page.evaluate(
        f"async () => {{{HELD}"
        """
            const frame = await held();
            const all = [...document.querySelectorAll("button")];
            all.find((e) => e.textContent.includes("Play")).click();
            const seen = [];
            for (let each = 0; each < 420; each++) {
                frame();
                const [waits, parked] = ["buffer", "parked"].map((place) =>
                    document.querySelectorAll(`.ec-token.ec-at-${place}`).length);
                if (seen.length || parked === 5) seen.push([waits, parked]);
            }
            return seen;
        }"""
    )
    assert {waits for waits, _ in seen} == {0}
    assert list(dict.fromkeys(parked for _, parked in seen)) == [5, 4, 3, 2, 1, 0]


PILED = (
    f"async () => {{{HELD}"
    """
    const frame = await held();
    const all = [...document.querySelectorAll("button")];
    const step = all.find((e) => e.textContent.includes("Step"));
    const buffer = document.querySelector(".ec-buffer > rect");
    const piled = new Set();
    let crowds = 0;
    for (let each = 0; each < 700; each++) { // later one goes to another column, past others
        if (each % 100 === 0) step.click();
        frame();
        const around = buffer.getBoundingClientRect();
        const inside = [...document.querySelectorAll(".ec-at-buffer")].filter((e) =>
            e.getBoundingClientRect().right > around.left + 20);
        crowds += inside.some((e) => e.classList.contains("ec-small"));
        const chips = inside.filter((e) => !e.classList.contains("ec-small"));
        const boxes = chips.map((e) => e.querySelector(".ec-chip").getBoundingClientRect());
        for (const a of boxes) {
            const over = boxes.filter((b) => {
                const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                return across > 8 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 8;
            });
            if (over.length > 3) piled.add(each); // itself, and two that one passes
        }
    }
    const small = document.querySelector(".ec-at-buffer.ec-small");
    return [crowds > 0 && !small, [...piled].slice(0, 5)];
}"""
)
"""Whether some were drawn small, and none is at the end; and when four texts lay on a pile."""


def test_a_crowd_that_has_room_again_comes_to_it_before_it_has_its_texts(
    page: Any, tmp_path: Path
) -> None:
    """On its way from the rows of dots to the column one text would lie on the other."""
    page.set_viewport_size({"width": 520, "height": 900})
    crowd = crowded(16)
    events = tuple(
        replace(one, taken=one.accepted + n, finished=one.accepted + n + 0.5, consumer=1)
        for n, one in enumerate(crowd.events, 1)
    )
    show(page, Animation(Trace(events, crowd.queue), pace="steps"), tmp_path)
    for _ in range(17):
        page.get_by_role("button", name="Step").click()
    has_room_again, piled = page.evaluate(PILED)
    assert has_room_again
    assert piled == []
