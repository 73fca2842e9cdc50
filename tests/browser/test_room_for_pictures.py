"""What stands around a picture leaves it room: on a wall, and on a narrow page."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.bundle import joined, style
from event_collector_widgets.motion.trace import Trace
from playwright.sync_api import expect

from tests.browser.motion import SIZES
from tests.browser.runs import a_page, show, step, traces
from tests.browser.waiting import becomes
from tests.widgets.motion.histories import six_payloads

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


LIVE = """([trace, faults]) => {
    const el = document.querySelector("main");
    const silent = () => {};
    const live = new Live({ on: silent, off: silent, send: silent }, el, {});
    const words = faults.map(([, words]) => words).join("; ");
    trace.notes = words ? [[0, `faults on purpose: ${words}`]] : [];
    const state = { paused: false, closed: false, note: "", faults, question: null, went: "" };
    live.hear({ kind: "all", view: null, trace, state });
    document.querySelector(".ec-faults").open = true;
}"""
"""A live picture, with the controls of faults open, of a kernel that says nothing more."""


@pytest.mark.parametrize("on", [0, 1, 2])
def test_a_picture_can_be_read_while_faults_are_switched_on(page: Any, on: int) -> None:
    """From the last row of a class, and as wide as a notebook leaves it: no text below 11 px."""
    page.set_content(f"<style>{style('motion', 'live')}</style><main style='width: 1100px'></main>")
    page.add_script_tag(content=joined("live"))
    faults = [("oven", "oven raises in 100 %"), ("book", "book hangs in 100 %")][:on]
    page.evaluate(LIVE, [json.loads(traces()["FIFO"].to_json()), faults])
    page.locator(".ec-token, .ec-head").first.wait_for()
    assert page.get_by_role("button", name="Switch off").count() == on
    becomes(page, lambda: [each for each in page.evaluate(SIZES) if each[1] < 11], [])
    bottom = "e => e.getBoundingClientRect().bottom <= 720"
    assert page.locator(".ec-motion").evaluate(bottom)


LONG = "the very long name of a queue that somebody has made in the third lesson"


def four_with_a_long_name() -> dict[str, Trace]:
    """Four of one lesson; the last has eight consumers."""
    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        eight = pool.submit(lambda: Trace.of(six_payloads(consumers=8))).result()
    first, second, third = traces().values()
    return {"1": first, LONG: second, "third": third, "eight": eight}


def test_four_line_up_however_long_a_name_is(page: Any, tmp_path: Path) -> None:
    """On a wall, with no text below 11 px; the whole name stands at its line, and as a hint."""
    show(page, side_by_side(four_with_a_long_name()), tmp_path)
    expect(page.locator("svg.ec-scene")).to_have_count(4)
    tops = "all => new Set(all.map((e) => Math.round(e.getBoundingClientRect().y))).size"
    becomes(page, lambda: page.locator("svg.ec-scene").evaluate_all(tops), 1)
    becomes(page, lambda: [each for each in page.evaluate(SIZES) if each[1] < 11], [])
    expect(page.locator(".ec-one h3").nth(1)).to_have_attribute("title", LONG)
    page.locator(".ec-whole").filter(has_text=f"{LONG} (at most 6)").wait_for()


@pytest.mark.parametrize("width", [520, 380])
def test_a_long_name_makes_no_page_wider(page: Any, tmp_path: Path, width: int) -> None:
    """At its line it wraps, and above its picture."""
    page.set_viewport_size({"width": width, "height": 900})
    show(page, side_by_side(four_with_a_long_name()), tmp_path)
    page.locator(".ec-whole").filter(has_text=LONG).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_why_one_reached_nobody_can_be_read_on_a_narrow_page(page: Any, tmp_path: Path) -> None:
    """All of it, in two lines of the tray."""
    page.set_viewport_size({"width": 520, "height": 900})
    trace = traces()["FIFO"]
    topics = ("a topic nobody has", "or hears")
    events = tuple(
        replace(each, topics=topics) if each.text == "soup" else each for each in trace.events
    )
    show(page, Animation(Trace(events, trace.queue), pace="steps"), tmp_path)
    step(page, 12, "“soup” falls out")
    lines = page.locator("text.ec-within ~ text.ec-least")
    first, second = ("soup: no collector listens to 'a topic", "nobody has' or 'or hears'")
    expect(lines).to_have_text([first, second])
    token = page.locator(".ec-at-undelivered > .ec-chip")
    top = "e => e.getBoundingClientRect().top"
    assert lines.last.evaluate("e => e.getBoundingClientRect().bottom") <= token.evaluate(top)
