"""Saved runs in a browser, for the tests of what an animation draws and tells."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from event_collector_widgets.motion.trace import Trace

from event_collector import QueueType
from tests.browser.lab import SECONDS
from tests.browser.motion import RESTS
from tests.browser.waiting import becomes
from tests.widgets.motion.histories import six_payloads


@contextmanager
def a_page(browser: Any) -> Iterator[Any]:
    """A page of a low window, which nothing goes wrong in."""
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(SECONDS * 1000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def traces() -> dict[str, Trace]:
    """The six payloads in each order of a queue."""

    def made() -> dict[str, Trace]:
        return {kind.name: Trace.of(six_payloads(kind)) for kind in QueueType}

    with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
        return pool.submit(made).result()


def show(page: Any, animation: Any, folder: Path) -> None:
    """Save an animation and open the file."""
    page.goto(animation.save(folder / "run.html", overwrite=True).as_uri())
    page.locator(".ec-scene .ec-place").first.wait_for()


def step(page: Any, times: int, told: str) -> None:
    """Step so often, and wait until all of it is told."""
    for _ in range(times):
        page.get_by_role("button", name="Step").click()
    page.locator(".ec-happened").filter(has_text=told).wait_for()
    becomes(page, lambda: page.evaluate(RESTS))
