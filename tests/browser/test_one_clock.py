"""What an animation tells in words and counts is of the moment that it draws, and can be read."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.trace import Trace, TracedChange, TracedCollector, TracedQueue
from playwright.sync_api import expect

from tests.browser.motion import HELD, OVER, RESTS, SIZES, WATCH
from tests.browser.runs import a_page, show, step, traces
from tests.browser.waiting import becomes
from tests.widgets.motion.histories import six_payloads

pytestmark = [pytest.mark.browser, pytest.mark.long]

TURNED = "a\u202eb\u2066c\x07\u200bd"
"""A name with what turns the text around it, rings, and cannot be seen."""
WRITTEN = r"a\u202eb\u2066c\x07\u200bd"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


@pytest.mark.parametrize(
    ("before", "told", "name"),
    [
        (6, "“rolls” was accepted", "bread"),
        (7, "took “bread”", "bread"),
        (9, "took “toast”", "toast"),
        (10, "“toast” is done", "soup"),
        (11, "took “soup”", "soup"),
    ],
)
def test_nothing_is_told_before_the_token_is_there(
    page: Any, tmp_path: Path, before: int, told: str, name: str
) -> None:
    """No sentence, no count and no tray says how a payload goes on while it is on its way."""
    show(page, Animation(traces()["FIFO"], pace="steps"), tmp_path)
    step(page, before, told)
    seen = page.evaluate(WATCH, [1, name, 150])
    first = next(n for n, each in enumerate(seen) if each["told"] != seen[0]["told"])
    left = next(n for n, each in enumerate(seen) if each["where"] != seen[0]["where"])
    assert left < first
    assert seen[first]["where"] == [each["where"] for each in seen if each["where"]][-1]
    assert {each["told"] for each in seen} == {seen[0]["told"], seen[-1]["told"]}


def test_the_ring_and_the_word_of_who_is_next_come_and_go_together(
    page: Any, tmp_path: Path
) -> None:
    """While one leaves and the others move up, nobody is in the place of the next."""
    show(page, Animation(traces()["FIFO"], pace="steps"), tmp_path)
    step(page, 6, "“rolls” was accepted")
    seen = page.evaluate(WATCH, [1, "toast", 120])
    assert [each["next"] for each in seen] == [each["ring"] for each in seen]
    assert seen[-1]["next"]
    assert not all(each["next"] for each in seen)


def test_a_buffer_with_more_than_a_column_says_who_is_next(page: Any, tmp_path: Path) -> None:
    """By its name, and those after it too; the others are drawn small, and have no numbers then."""
    trace = traces()["FIFO"]
    events = tuple(
        replace(trace.events[0], id=n, taken=None, finished=None, consumer=None, results=())
        for n in range(1, 13)
    )
    show(page, Animation(Trace(events, trace.queue)), tmp_path)
    page.get_by_role("slider", name="time").fill("1000")
    page.locator(".ec-next").wait_for()
    page.locator(".ec-first:not(.ec-none)").wait_for()
    expect(page.locator(".ec-turn:not(.ec-none)")).to_have_text(["next", *"2345678"])
    expect(page.locator(".ec-next .ec-short")).to_be_visible()
    expect(page.locator(".ec-token.ec-small")).to_have_count(4)


def test_names_that_turn_a_text_around_are_written_out(page: Any, tmp_path: Path) -> None:
    """As the values are: in the picture, its cards, the sentences and the title."""
    trace = traces()["FIFO"]
    event = replace(trace.events[0], text="x", delivery="topic", topics=(TURNED,))
    collector = TracedCollector(TURNED, (TURNED,), None)
    results = tuple(replace(one, collector=TURNED) for one in event.results[:1])
    queue = TracedQueue(
        "FIFO", 1, 1, 1, None, "R" + TURNED, True, (TracedChange(None, (collector,)),)
    )
    made = Animation(Trace((replace(event, results=results),), queue), title=TURNED, pace="steps")
    show(page, made, tmp_path)
    expect(page).to_have_title(WRITTEN)
    step(page, 2, WRITTEN)
    page.locator(".ec-token").first.click()
    page.locator(".ec-card").filter(has_text=WRITTEN).wait_for()
    page.locator(".ec-place.ec-collector").click()
    page.locator(".ec-card h4").filter(has_text=WRITTEN).wait_for()
    page.evaluate(RESTS)
    drawn = page.evaluate(
        """() => document.querySelector("main").innerText
            + [...document.querySelectorAll("[aria-label]")].map((e) => e.ariaLabel)
            + document.querySelector("svg.ec-scene").textContent"""
    )
    assert not [one for one in TURNED if not one.isprintable() and one in drawn]
    assert not [one for one in TURNED if not one.isprintable() and one in made.still()]


@pytest.mark.parametrize("width", [1280, 520])
def test_no_token_crosses_the_tray_on_its_way(page: Any, tmp_path: Path, width: int) -> None:
    """In a narrow picture neither, as several side by side have it."""
    page.set_viewport_size({"width": width, "height": 900})
    show(page, Animation(traces()["FIFO"], pace="steps"), tmp_path)
    crossed = page.evaluate(
        f"async () => {{{HELD}"
        """
            const frame = await held();
            const all = [...document.querySelectorAll("button")];
            const step = all.find((e) => e.textContent.includes("Step"));
            const tray = document.querySelector(".ec-undelivered > rect");
            const found = new Set();
            for (let each = 0; each < 900; each++) {
                if (each % 50 === 0) step.click();
                frame();
                const { top, right, bottom, left } = tray.getBoundingClientRect();
                for (const token of document.querySelectorAll(".ec-token")) {
                    const box = token.getBoundingClientRect();
                    const beside = box.right <= left || box.left >= right;
                    if (!beside && box.bottom > top && box.top < bottom)
                        found.add(token.querySelector(".ec-short").textContent);
                }
            }
            return [...found];
        }"""
    )
    assert crossed == ["soup"]


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (520, 720)])
def test_no_text_in_the_picture_lies_on_another(
    page: Any, tmp_path: Path, width: int, height: int
) -> None:
    """A collector's topics give way to what it has in service."""
    page.set_viewport_size({"width": width, "height": height})
    trace = traces()["FIFO"]
    assert trace.queue is not None
    change = trace.queue.changes[0]
    heard = tuple(replace(one, topics=("rain", "snow", "fog", "food")) for one in change.collectors)
    queue = replace(trace.queue, changes=(replace(change, collectors=heard),))
    show(page, Animation(Trace(trace.events, queue), pace="steps"), tmp_path)
    step(page, 7, "took “bread”")
    page.locator(".ec-collector .ec-end").filter(has_text="1 in service").first.wait_for()
    becomes(page, lambda: page.evaluate(OVER), [])


def four() -> dict[str, Trace]:
    """One more, with two consumers."""

    def made() -> Trace:
        return Trace.of(six_payloads(consumers=2))

    with ThreadPoolExecutor(1) as pool:
        return {**traces(), "two": pool.submit(made).result()}


@pytest.mark.parametrize("many", [2, 3, 4])
def test_several_side_by_side_are_large_enough_to_read(
    page: Any, tmp_path: Path, many: int
) -> None:
    """On a wall of 1280 x 720: no text of less than 12 px, none on another, and all in sight."""
    show(page, side_by_side(dict(list(four().items())[:many])), tmp_path)
    expect(page.locator("svg.ec-scene")).to_have_count(many)
    served = page.locator(".ec-end").filter(has_text="1 in service")
    for seen in (served, page.locator(".ec-within.ec-some")):
        for _ in range(3):
            page.get_by_role("button", name="Step").click()
        seen.first.wait_for()
        becomes(page, lambda: [each for each in page.evaluate(SIZES) if each[1] < 11.9], [])
        becomes(page, lambda: page.evaluate(OVER), [])
    bottom = "e => e.getBoundingClientRect().bottom <= 720"
    becomes(page, lambda: page.locator(".ec-motion").evaluate(bottom))
    tops = page.locator("svg.ec-scene").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect().y)"
    )
    assert max(tops) - min(tops) < 1


def test_no_picture_lies_on_its_line_of_numbers(page: Any, tmp_path: Path) -> None:
    """However much the pictures must shrink: here three of a queue with six collectors."""
    trace = traces()["FIFO"]
    assert trace.queue is not None
    change = trace.queue.changes[0]
    six = tuple(replace(change.collectors[0], key=f"no. {n}") for n in range(6))
    queue = replace(trace.queue, changes=(replace(change, collectors=six),))
    many = Trace(trace.events, queue)
    show(page, side_by_side({"a": many, "b": many, "c": many}), tmp_path)
    page.locator(".ec-head").first.wait_for()
    becomes(
        page,
        lambda: page.evaluate(
            """() => [...document.querySelectorAll(".ec-one")].filter((one) => {
                const bottom = (css) => one.querySelector(css).getBoundingClientRect().bottom;
                const heads = [...one.querySelectorAll(".ec-head")];
                const top = Math.min(...heads.map((e) => e.getBoundingClientRect().top));
                return Math.max(bottom(".ec-stats"), bottom("h3")) > top;
            }).length"""
        ),
        0,
    )


ARRIVES = """(told) => {
    const trace = readTrace(JSON.parse(told));
    const drawing = new Drawing(make("svg"));
    const last = trace.events.length - 1;
    const waits = (n) => frameAfter(trace, n).tokens.find(
        ({ event, place }) => event === last && place === "buffer");
    const ways = [];
    let now = 0;
    for (let n = last + 1; waits(n); n++, now += 100) {
        drawing.lay(trace, n, "narrow");
        drawing.draw(trace, frameAfter(trace, n), now);
        drawing.glide(now);
        ways.push([now, waits(n).slot, drawing.tokens.get(`${last} 0`).path !== null]);
    }
    return ways;
}"""


def test_one_arrives_though_those_before_it_move_up(page: Any) -> None:
    """In a quick queue nobody would get to the buffer, and all would heap up at the publisher."""
    page.add_script_tag(content=joined("stage", "reading"))
    ways = page.evaluate(ARRIVES, traces()["FIFO"].to_json())
    assert len({slot for _, slot, _ in ways}) >= 3
    assert ways[0][2]
    assert not all(flies for _, _, flies in ways)


WORDS = """(count) => {
    const change = { accepted: count[0], finished: count[1] };
    const trace = { things: [{ kind: "counted", change }], events: [] };
    return happened(trace, { n: 1 });
}"""


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ([0, 80], "More than can be drawn one by one: 80 more are done."),
        (
            [75_000, 1],
            "More than can be drawn one by one: 75,000 more are sent, and 1 more is done.",
        ),
        ([0, 0], "More than can be drawn one by one."),
    ],
)
def test_what_is_counted_only_is_told_without_zeros(page: Any, count: list[int], said: str) -> None:
    """With separators, as counts have everywhere."""
    page.add_script_tag(content=joined("telling"))
    assert page.evaluate(WORDS, count) == said


def test_a_share_is_told_while_something_is_there_to_draw(page: Any) -> None:
    """Not after all of it is done."""
    page.add_script_tag(content=joined("stage"))
    drawn = """([waiting]) => drawnOf({ counts: {
        accepted: 81, left: 80, waiting, service: 0, unseen: waiting - 1 } }, 1)"""
    assert page.evaluate(drawn, [5]) == "about 1 of 81 payloads is drawn; counts are exact"
    assert page.evaluate(drawn, [0]) == ""


def test_a_collector_is_drawn_from_when_it_came(page: Any, tmp_path: Path) -> None:
    """Not from the beginning, though it gives results later."""
    trace = traces()["FIFO"]
    assert trace.queue is not None
    oven, book = trace.queue.changes[0].collectors
    last = trace.events[-1].accepted
    changes = (TracedChange(None, (oven,)), TracedChange(last + 0.5, (oven, book)))
    show(page, Animation(Trace(trace.events, replace(trace.queue, changes=changes))), tmp_path)
    keys = page.locator(".ec-collector .ec-key")
    step(page, 6, "“rolls” was accepted")
    becomes(page, lambda: [each.split(" ")[0] for each in keys.all_text_contents()], ["oven"])
    page.get_by_role("slider", name="time").fill("1000")
    page.locator(".ec-key").nth(1).wait_for()
    expect(keys).to_have_count(2)


def test_in_a_narrow_window_the_buttons_are_above_the_picture(page: Any, tmp_path: Path) -> None:
    """And stay in sight beside several pictures, which are higher than the window."""
    page.set_viewport_size({"width": 520, "height": 720})
    show(page, Animation(traces()["FIFO"]), tmp_path)
    page.locator(".ec-slim").wait_for()
    step, picture = page.get_by_role("button", name="Step"), page.locator(".ec-scene").last
    becomes(page, lambda: step.bounding_box()["y"] < picture.bounding_box()["y"])
    show(page, side_by_side(traces()), tmp_path)
    picture.scroll_into_view_if_needed()
    page.mouse.wheel(0, 5000)
    page.wait_for_function("scrollY > 500")
    becomes(page, lambda: 0 <= step.bounding_box()["y"] < 720)


FIRST_FRAME = """(said) => {
    const root = document.createElement("div");
    root.style.width = "900px";
    document.body.append(root);
    window.requestAnimationFrame = () => 0;
    const made = new Stage(root, readTrace(said), {});
    made.player.live = true;
    made.turn(made.last - 40);
    return made.player.n;
}"""
"""The first frame of a live picture that was made 40 ms after that frame was due."""


def test_a_frame_that_was_due_before_a_picture_was_made_shows_it_as_it_is(page: Any) -> None:
    """Browsers date a frame by when it was due: no time has passed then, and none goes back."""
    page.add_script_tag(content=joined("reading", "stage"))
    said = json.loads(traces()["FIFO"].to_json())
    assert page.evaluate(FIRST_FRAME, said) == 0
