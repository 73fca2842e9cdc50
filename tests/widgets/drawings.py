"""Histories to draw, and what is in a picture of them."""

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    Result,
)
from tests.support import VirtualTimeLoop, run


@dataclass(frozen=True)
class Work:
    """A payload that says who gets it, and how long that takes in seconds."""

    name: str
    seconds: float
    keys: str = "a"
    fails: bool = False

    def __repr__(self) -> str:
        return self.name


async def work(payload: Payload[Work], ctx: Context) -> Result:
    """Do as the payload says."""
    await asyncio.sleep(payload.value.seconds)
    return Error(ValueError("bad")) if payload.value.fails else Ok(payload.value.seconds)


def recorded(
    *sent: Work, after: float | None = None, consumers: int = 2, **settings: Any
) -> tuple[History, pd.DataFrame]:
    """The history of payloads sent at once; its frame when all are done, or `after` seconds."""

    async def main() -> tuple[History, pd.DataFrame]:
        collectors = [Collector(key, work) for key in "abc"]
        queue = CollectorQueue(collectors, min_consumers=0, max_consumers=consumers, **settings)
        history = History(queue)
        async with queue:
            events = [
                queue.get_publisher().send_nowait(Payload(one, Delivery.KEY, keys=list(one.keys)))
                for one in sent
            ]
            if after is None:
                for event in events:
                    await event.wait()
            else:
                await asyncio.sleep(after)
            frame = history.to_frame()
        return history, frame

    return run(main(), loop_factory=VirtualTimeLoop, timeout=1e6)


@cache
def five() -> tuple[History, pd.DataFrame]:
    """Two consumers: c overtakes b, d fails in one of two collectors, nobody gets e."""
    return recorded(
        Work("a", 1),
        Work("b", 4),
        Work("c", 2),
        Work("d", 3, "ab", fails=True),
        Work("e", 0, "z"),
    )


@cache
def half_way() -> pd.DataFrame:
    """One is done, two are in service, two are queued."""
    return recorded(*(Work(name, 2 if name == "a" else 4) for name in "abcde"), after=3.0)[1]


@cache
def many(n: int = 10_000) -> pd.DataFrame:
    """A frame of many events on 8 consumers, every tenth an Error, every hundredth undelivered."""
    number = np.arange(n)
    service = 1.0 + 0.5 * np.sin(number)
    accepted = number * 0.12
    taken = accepted + 2.0 + np.cos(number / 500)
    status = np.where(number % 10 == 5, "Error", np.where(number % 100 == 0, "undelivered", "Ok"))
    return pd.DataFrame(
        {
            "event": number + 1,
            "status": pd.Categorical(status),
            "collector": pd.Series([f"c{one % 40}" for one in number], dtype="string").where(
                status != "undelivered"
            ),
            "payload": pd.Series(number, dtype=object),
            "consumer": pd.Series(number % 8 + 1, dtype="Int64"),
            "accepted_at": accepted + 1e6,
            "taken_at": taken + 1e6,
            "finished_at": taken + service + 1e6,
        }
    )


def axes(figure: Figure) -> Axes:
    """The one system of axes."""
    (found,) = figure.axes
    return found


def bars(figure: Figure, label: str) -> list[tuple[float, float, float]]:
    """Where the bars of one kind begin and end, and their middle height."""
    found = []
    for drawn in axes(figure).collections:
        if drawn.get_label() == label and type(drawn).__name__ == "PolyCollection":
            for path in drawn.get_paths():
                corners = np.asarray(path.vertices)
                (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
                found.append((round(x0, 6), round(x1, 6), round((y0 + y1) / 2, 6)))
    return found


def points(figure: Figure, label: str) -> list[tuple[float, float]]:
    """Where the markers of one kind are."""
    return [
        (float(x), float(y))
        for drawn in axes(figure).collections
        if drawn.get_label() == label and type(drawn).__name__ == "PathCollection"
        for x, y in np.asarray(drawn.get_offsets())
    ]


def written(figure: Figure) -> list[str]:
    """The texts in the axes."""
    return [text.get_text() for text in axes(figure).texts]


def named(figure: Figure) -> list[str]:
    """The texts of the legend."""
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def rows(figure: Figure) -> list[str]:
    """The labels of the vertical axis."""
    return [label.get_text() for label in axes(figure).get_yticklabels()]


def png(figure: Any) -> bytes:
    """What a notebook shows."""
    data, size = figure._repr_png_()
    assert size["width"] == 691
    assert isinstance(data, bytes)
    return data
