"""Workbenches and panels for tests: no kernel, a real queue, real widgets, a loop per test."""

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from html import unescape
from html.parser import HTMLParser
from typing import Any

import ipywidgets as w
from event_collector_widgets import Workbench
from event_collector_widgets.panels.panel import Panel

from event_collector import Collector, Context, Ok, Payload, Result, ResultList

SECONDS = 10.0
"""How long `eventually` waits for a state."""

NASTY = '<img src=x onerror="alert(1)"></pre><script>alert(2)</script>'
"""A text that does harm where it is taken for HTML."""

OUR_TAGS = {
    *("b", "code", "dd", "div", "dl", "dt", "em", "h3", "h4", "li", "p", "path", "pre"),
    *("polygon", "span", "svg", "table", "tbody", "td", "th", "thead", "title", "tr", "ul"),
}
"""The elements that the panels themselves make."""


@asynccontextmanager
async def a_bench(name: str = "test", **options: Any) -> AsyncIterator[Workbench]:
    """A workbench over an empty namespace, unless told otherwise; closed at the end."""
    options.setdefault("namespace", {})
    bench = Workbench(name, **options)
    try:
        yield bench
    finally:
        await bench.close()


async def double(payload: Payload[Any], ctx: Context) -> Result:
    """Return the value twice."""
    return Ok(payload.value * 2)


async def give(bench: Workbench, payload: Payload[Any]) -> ResultList:
    """Send a payload and wait for its results."""
    event = await bench.send(payload)
    return await event.wait()


async def eventually(state: Callable[[], object]) -> None:
    """Return when a state holds that other threads, timers or clicks bring about."""
    async with asyncio.timeout(SECONDS):
        while not state():  # noqa: ASYNC110 - no event tells of a widget's value
            await asyncio.sleep(0.002)


async def from_another_thread(act: Callable[[], object]) -> None:
    """Do something on another thread in a loop of its own, as some kernels do with clicks."""

    async def in_its_own_loop() -> None:
        act()

    await asyncio.to_thread(asyncio.run, in_its_own_loop())


def text(widget: w.HTML) -> str:
    """What a reader sees of an HTML widget."""
    return unescape(re.sub(r"<[^>]*>", " ", widget.value)).strip()


def failed(panel: Panel) -> bool:
    """Whether a panel shows an error where the user clicked."""
    return bool(panel.status.text) and panel.status.kind == "error"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.handlers: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on") or name == "src"}


def assert_harmless(panel: Panel) -> None:
    """No HTML of a panel has an element or a handler that is not the panel's own."""
    for widget in everything_in(panel):
        if isinstance(widget, w.HTML):
            tags = _Tags()
            tags.feed(widget.value)
            assert tags.found <= OUR_TAGS, widget.value
            assert not tags.handlers


def everything_in(box: w.Widget) -> list[w.Widget]:
    """A widget and all that it contains."""
    return [box, *(found for each in getattr(box, "children", ()) for found in everything_in(each))]


async def run_cell(code: str, **names: Any) -> dict[str, Any]:
    """Run code as a cell does, with `await` at its top; return its variables."""
    variables = dict(names)
    compiled = compile(code, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(compiled, variables)
    if inspect.isawaitable(outcome):
        await outcome
    return variables


def collector(key: str, processor: Any = double, **options: Any) -> Collector:
    """A collector that doubles, unless told otherwise."""
    return Collector(key, processor, **options)
