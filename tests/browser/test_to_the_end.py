"""Whoever plays, steps or goes to the end of a run sees all of it, whatever its times are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from event_collector_widgets.motion.trace import Trace, TracedChange, TracedResult
from playwright.sync_api import expect

from tests.browser.runs import a_page, show, traces

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


def changed_before() -> Trace:
    """One payload, done a second after it was sent; the collectors changed a millisecond before.

    In the numbers of a computer -0.001 + (1 - -0.001) is less than 1.
    """
    trace = traces()["FIFO"]
    assert trace.queue is not None
    first = trace.events[0]
    accepted = first.accepted
    event = replace(first, taken=accepted, finished=accepted + 1)
    changes = (*trace.queue.changes, replace(trace.queue.changes[0], time=accepted - 0.001))
    assert isinstance(changes[1], TracedChange)
    return Trace((event,), replace(trace.queue, changes=changes))


@pytest.mark.parametrize("by", ["Play", "Step", "End"])
def test_all_is_done_at_the_end_of_a_comparison(page: Any, tmp_path: Path, by: str) -> None:
    """By playing, by steps, and by the time bar."""
    show(page, side_by_side({"a": changed_before(), "b": changed_before()}, speed=4), tmp_path)
    if by == "End":
        page.get_by_role("slider", name="time").press("End")
    else:
        for _ in range(1 if by == "Play" else 3):
            page.get_by_role("button", name=by).click()
    expect(page.locator(".ec-when")).to_have_text("1 s of 1 s")
    for stats in page.locator(".ec-stats").all():
        stats.filter(has_text="done 1 of 1").wait_for(timeout=10_000)


def test_the_end_of_the_time_bar_is_the_end(page: Any, tmp_path: Path) -> None:
    """Of one run too, and what can be done next is to play it again."""
    show(page, Animation(changed_before(), pace="clock"), tmp_path)
    page.get_by_role("slider", name="time").press("End")
    page.locator(".ec-when").filter(has_text="4 of 4 things").wait_for(timeout=10_000)
    page.get_by_role("button", name="Again").wait_for(timeout=10_000)


def test_the_card_of_one_that_was_cut_off_says_so(page: Any, tmp_path: Path) -> None:
    """It waited until then; no consumer takes it any more."""
    trace = changed_before()
    cut = replace(trace.events[0], id=2, text="late", taken=None, consumer=None)
    gave = TracedResult(None, "Error", "QueueClosedError: shut down")
    trace = replace(trace, events=(*trace.events, replace(cut, results=(gave,))))
    show(page, Animation(trace, pace="clock"), tmp_path)
    page.get_by_role("slider", name="time").press("End")
    page.locator(".ec-token").filter(has_text="late").first.click()
    card = page.locator(".ec-card dl")
    card.filter(has_text="waited1 s, until it was cut offconsumernone").wait_for(timeout=10_000)
    expect(card).not_to_contain_text("yet")


def test_a_card_says_what_goes_on_still(page: Any, tmp_path: Path) -> None:
    """One that waits waits, and one that is in service is so: neither is "not yet"."""
    show(page, Animation(changed_before(), pace="steps"), tmp_path)
    card, step = page.locator(".ec-card dl"), page.get_by_role("button", name="Step")
    step.click()
    step.click()
    page.locator(".ec-happened").filter(has_text="was accepted").wait_for()
    page.locator(".ec-token").first.click()
    card.filter(has_text="still waitsconsumernone yetin service fornot yet").wait_for(
        timeout=10_000
    )
    step.click()
    card.filter(has_text="consumer1in service forstill in service").wait_for(timeout=10_000)
    step.click()
    card.filter(has_text="consumer1in service for1 s").wait_for(timeout=10_000)
