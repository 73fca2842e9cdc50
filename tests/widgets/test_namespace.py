"""What the notebook's variables offer, awkward ones among them."""

import dataclasses
import datetime
import enum
import re
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from event_collector_widgets import CollectorsPanel, SendPanel, namespace
from event_collector_widgets.gallery import echo

import event_collector
from event_collector import Context, Delivery, Ok, Payload, Processor, Result
from tests.support import in_loop
from tests.widgets.benches import a_bench


@dataclasses.dataclass
class Record:
    """A dataclass of another module than the notebook."""

    number: int


class Awkward:
    """Answers no question about itself."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


async def double(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(2 * payload.value)


async def with_default(payload: Payload[Any], ctx: Context, times: int = 2) -> Result:
    return Ok(times * payload.value)


async def by_name_only(*, payload: Payload[Any], ctx: Context) -> Result:
    return Ok(payload.value)


@asynccontextmanager
async def opened(ctx: Context) -> AsyncIterator[None]:
    yield


VARIABLES: dict[str, Any] = {
    "with_default": with_default,
    "double": double,
    "by_name_only": by_name_only,
    "echo": echo,
    "opened": opened,
    "_private": double,
    "event_collector": event_collector,
    "Processor": Processor,
    "Result": Result,
    "In": [],
    "awkward": Awkward(),
    "reading": {"temp": 39.4},
}


def test_processors_can_be_called_with_a_payload_and_a_context() -> None:
    """Issue 3: others are not offered, nor those of the gallery."""
    assert list(namespace.processors(VARIABLES)) == ["double", "with_default"]


def test_lifecycles_are_async_context_managers() -> None:
    """Issue 3: what the form offers as a lifecycle."""
    assert list(namespace.lifecycles(VARIABLES)) == ["opened"]


def test_values_are_what_could_be_sent() -> None:
    """Issue 3: no modules, functions, types or IPython's own; an awkward value may be sent."""
    assert set(namespace.values(VARIABLES)) - {"awkward"} == {"reading"}


class Own:
    """A class of the notebook, if it says so."""


class Colour(enum.Enum):
    """An enum: the class is not a value, a member is."""

    RED = 1


class Worker(threading.Thread):
    """One that is not data, whoever wrote it."""


def test_values_are_data_and_not_what_lies_about() -> None:
    """Fault 17: figures, axes, connections, locks and what belongs to a queue are not offered."""
    Own.__module__ = Worker.__module__ = Colour.__module__ = "__main__"
    figure, axes = plt.subplots(2, 2)
    data = {
        "a_dict": {"a": [1, None]},
        "a_text": "x",
        "a_time": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "a_frame": pd.DataFrame({"a": [1]}),
        "an_array": np.arange(3),
        "some_texts": np.array(["a", None], object),
        "a_number": np.float64(1),
        "an_explanation": Own(),
        "a_record": Record(1),
        "a_member": Colour.RED,
    }
    other = {
        "figure": figure,
        "axes": axes,
        "ax": axes[0][0],
        "lines": axes[0][0].plot([1]),
        "by_name": {"left": axes[0][0]},
        "nested": [[axes[0][0]]],
        "pair": (figure, axes),
        "connection": sqlite3.connect(":memory:"),
        "lock": threading.Lock(),
        "worker": Worker(),
        "groups": pd.DataFrame({"a": [1]}).groupby("a"),
        "random": np.random.default_rng(),
        "pattern": re.compile("a"),
        "payload": Payload(1),
        "ok": Ok(1),
        "some": list[int],
        "Delivery": Delivery,
        "Colour": Colour,
        "Record": Record,
        "classes": [Colour],
    }
    plt.close(figure)
    assert list(namespace.values(data | other)) == sorted(data)
    other["connection"].close()


@in_loop
async def test_an_awkward_variable_spoils_no_panel() -> None:
    """Issue 3: the panels offer what can be asked."""
    async with a_bench(namespace=VARIABLES) as bench:
        assert ("double", "double") in CollectorsPanel(bench).processor.options
        panel = SendPanel(bench)
        panel.value.source.value = "variable"
        panel.refresh()
        assert ("reading (dict)", "reading") in panel.value.menu.options


@in_loop
async def test_every_collector_of_many_can_be_removed_and_replaced() -> None:
    """Issue 3: only what is shown at once has a limit, and says so."""
    async with a_bench(namespace=VARIABLES) as bench:
        for number in range(250):
            await bench.put(event_collector.Collector(f"c{number}", double))
        panel = CollectorsPanel(bench)
        assert panel.rows.where == "1 to 200; of 250"
        panel.key.value, panel.topics.value = "c240", "other"
        assert (await panel.define()).topics == ("other",)
        await panel.remove("c240")
        assert "c240" not in bench.collectors


@in_loop
async def test_naming_a_collector_shows_what_it_has_and_keeps_what_was_typed() -> None:
    """Issue 3: a replacement by a click loses no topic."""
    async with a_bench(namespace=VARIABLES) as bench:
        await bench.put(event_collector.Collector("a", double, topics=["x", "y"], lifecycle=opened))
        panel = CollectorsPanel(bench)
        panel.key.value = "a"
        panel.refresh()
        assert (panel.topics.value, panel.lifecycle.value) == ("x\ny", "opened")
        panel.key.value = "new"
        panel.refresh()
        assert (panel.topics.value, panel.lifecycle.value) == ("", "")
        panel.topics.value = "typed"
        panel.key.value = "a"
        panel.refresh()
        assert (panel.topics.value, panel.lifecycle.value) == ("typed", "opened")
