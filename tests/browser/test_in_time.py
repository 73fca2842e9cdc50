"""What is drawn and counted keeps up with the clock, and can be read where much happens at once."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.trace import (
    Trace,
    TracedChange,
    TracedCollector,
    TracedEvent,
    TracedQueue,
    TracedResult,
)

from tests.browser.motion import HELD
from tests.browser.runs import a_page, show, step, traces
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

SERVICE = (9, 2, 1, 3, 1, 1, 2, 2)
"""Seconds that each of eight vehicles takes at a gate."""

FRAMES = (
    f"""async (frames) => {{{HELD}
    const frame = await held();"""
    """
    const press = (name) => [...document.querySelectorAll("button")]
        .find((e) => e.textContent.includes(name)).click();
    const number = (text) => Number(/(\\d+) (?:of|waiting|busy|Ok)/.exec(text)[1]);
    const home = document.querySelector(".ec-one");
    const heads = (name) => number([...home.querySelectorAll(".ec-head")]
        .find((e) => e.textContent.startsWith(name)).textContent);
    const seen = [];
    press("Play");
    for (let each = 0; each < frames; each++) {
        frame();
        const tokens = [...home.querySelectorAll(".ec-token")];
        const chips = tokens.filter((e) => e.querySelector(".ec-chip").checkVisibility());
        const box = home.querySelector(".ec-place.ec-buffer > rect").getBoundingClientRect();
        seen.push({
            waiting: heads("buffer"), busy: heads("consumers"),
            sent: Number(home.querySelector(".ec-publisher .ec-big").textContent),
            done: number(home.querySelector(".ec-stats").textContent.replace("done ", "")),
            oks: number(home.querySelector(".ec-Ok text").textContent),
            where: tokens.map((e) => e.getAttribute("transform")).join(),
            inBuffer: tokens.filter((e) => e.getBoundingClientRect().left >= box.left).length
                - tokens.filter((e) => e.getBoundingClientRect().top > box.bottom
                    && e.getBoundingClientRect().left >= box.left).length,
            chips: chips.map((e) => {
                const at = e.querySelector(".ec-chip").getBoundingClientRect();
                return [at.left, at.top, at.right, at.bottom];
            }),
            covered: chips.some((e) => e.classList.contains("ec-at-Ok")),
        });
    }
    return seen;
}"""
)
"""Plays, and tells of the first picture at every frame what is counted and where its tokens are."""


def served(*events: tuple[float, float, float, int], consumers: int) -> Trace:
    """Payloads with the seconds at which each was accepted, taken and finished, and by whom."""
    change = TracedChange(None, (TracedCollector("gate", (), None),))
    queue = TracedQueue("FIFO", 1000, 1, consumers, None, "SimpleRouter", True, (change,))
    ok = (TracedResult("gate", "Ok", ""),)
    made = [
        TracedEvent(n, f"no. {n}", "broadcast", (), (), None, sent, taken, finished, consumer, ok)
        for n, (sent, taken, finished, consumer) in enumerate(events, 1)
    ]
    return Trace(tuple(made), queue)


def gates(many: int) -> Trace:
    """Eight vehicles that come at one time, before so many gates."""
    free = [0.0] * many
    events = []
    for seconds in SERVICE:
        taken = min(free)
        consumer = free.index(taken)
        free[consumer] = taken + seconds
        events.append((0.0, taken, free[consumer], consumer + 1))
    return served(*events, consumers=many)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


def played(page: Any, folder: Path, trace: Trace, speed: float, seconds: float) -> Sequence[Any]:
    """All frames of so many seconds of the page's clock, of a trace beside another one."""
    show(page, side_by_side({"one": trace, "same": trace}, speed=speed), folder)
    found: Sequence[Any] = page.evaluate(FRAMES, round(60 * seconds))
    return found


@pytest.mark.parametrize("many", [1, 2, 8])
def test_what_is_done_is_counted_within_a_moment(page: Any, tmp_path: Path, many: int) -> None:
    """Three quarters of a second after it happened, however many are on their way."""
    trace, speed = gates(many), 1.5
    seen = played(page, tmp_path, trace, speed, 9)
    for frame, each in enumerate(seen):
        now = (frame + 1) / 60
        ends = [one.finished for one in trace.events if one.finished is not None]
        by_then = sum(end <= (now - 0.75) * speed for end in ends)
        assert each["done"] >= by_then, f"at {now:.2f} s"
        assert each["done"] == each["oks"]
        assert each["sent"] == each["waiting"] + each["busy"] + each["done"]


@pytest.mark.parametrize("many", [1, 2])
def test_who_waits_is_who_is_in_the_buffer(page: Any, tmp_path: Path, many: int) -> None:
    """They are counted as they are drawn, but for as long as one takes to its consumer."""
    seen = played(page, tmp_path, gates(many), 1.5, 9)
    apart = longest = 0
    for each in seen[120:]:
        apart = 0 if each["waiting"] == each["inBuffer"] else apart + 1
        longest = max(longest, apart)
    assert longest <= 30


def test_in_a_quick_queue_no_payload_lies_on_another(page: Any, tmp_path: Path) -> None:
    """Ten in a second go by as dots; where they stay, their texts and the counts can be read."""
    quick = [(0.8 * n, 1.0 * n, 1.0 * n + 1, 1) for n in range(60)]
    seen = played(page, tmp_path, served(*quick, consumers=1), 10, 4)
    for each in seen[120:]:
        for one, other in combinations(each["chips"], 2):
            wide = min(one[2], other[2]) - max(one[0], other[0])
            high = min(one[3], other[3]) - max(one[1], other[1])
            assert min(wide, high) <= 2
        assert not each["covered"]
    assert max(len(each["chips"]) for each in seen[120:]) > 3


def test_the_way_into_the_buffer_goes_past_the_names(page: Any, tmp_path: Path) -> None:
    """On a narrow page the consumers' name and count stand below the publisher."""
    page.set_viewport_size({"width": 520, "height": 900})
    show(page, Animation(gates(8), pace="steps"), tmp_path)
    step(page, 8, "“no. 8” was accepted")
    crossed = """() => {
        const heads = [...document.querySelectorAll("text.ec-head:not(.ec-middle)")];
        const holds = ({ x, y, width, height }, at) =>
            at.x > x && at.x < x + width && at.y > y && at.y < y + height;
        return [...document.querySelectorAll(".ec-way")].flatMap((way) => {
            const on = (part) => way.getPointAtLength(part * way.getTotalLength());
            const points = Array.from({ length: 41 }, (_, n) => on(n / 40));
            return heads.filter((e) => points.some((at) => holds(e.getBBox(), at)));
        }).map((e) => e.textContent);
    }"""
    becomes(page, lambda: page.evaluate(crossed), [])


def test_who_is_in_the_second_column_is_in_the_buffer(page: Any, tmp_path: Path) -> None:
    """On a narrow page: its edge is not on that of the buffer."""
    page.set_viewport_size({"width": 520, "height": 900})
    show(page, Animation(gates(1), pace="steps"), tmp_path)
    step(page, 8, "“no. 8” was accepted")
    inside = """() => {
        const [box, chip] = [".ec-place.ec-buffer > rect", ".ec-at-buffer:last-child > .ec-chip"]
            .map((css) => document.querySelector(css).getBoundingClientRect().right);
        return chip < box - 3;
    }"""
    becomes(page, lambda: page.evaluate(inside))


def test_turns_are_numbered_where_somebody_stands(page: Any, tmp_path: Path) -> None:
    """Not before the tokens have come there."""
    show(page, Animation(traces()["LIFO"], pace="steps"), tmp_path)
    found = page.evaluate(
        f"async () => {{{HELD}"
        """
        const frame = await held();
        const step = [...document.querySelectorAll("button")].find(
            (e) => e.textContent.includes("Step"));
        for (let each = 0; each < 4; each++) step.click();
        const seen = [];
        for (let each = 0; each < 20; each++) {
            frame();
            seen.push(document.querySelectorAll(".ec-turn:not(.ec-none)").length);
        }
        for (let each = 0; each < 120; each++) frame();
        return [Math.max(...seen), document.querySelectorAll(".ec-turn:not(.ec-none)").length];
    }"""
    )
    assert found == [0, 4]


LIVE = """() => {
    const el = document.createElement("div");
    document.body.append(el);
    const silent = () => {};
    new Live({ on: silent, off: silent, send: silent }, el, {});
    return el.textContent;
}"""


def test_a_live_picture_says_what_it_waits_for(page: Any) -> None:
    """Until the kernel has answered: that may compute, and the page would be empty."""
    page.add_script_tag(content=joined("live"))
    assert page.evaluate(LIVE).startswith("Waiting for the kernel")


def test_what_happens_now_is_not_long_on_its_way(page: Any) -> None:
    """From the publisher to the collectors and out, within the second that it may be behind."""
    page.add_script_tag(content=joined("stage"))
    seconds = """() => {
        const drawing = new Drawing(make("svg"));
        drawing.live = true;
        return ["buffer", "collector", "Ok"].map((place, n) =>
            drawing.secondsFor({ taken: null, finished: null }, { place }, 5));
    }"""
    assert max(page.evaluate(seconds)) <= 0.6
