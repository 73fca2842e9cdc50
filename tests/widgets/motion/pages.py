"""A page that shows an animation, as far as the kernel can tell."""

import json
from collections import Counter
from typing import Any

from event_collector_widgets import Animation
from event_collector_widgets.motion.format import read
from event_collector_widgets.motion.trace import Trace

from tests.widgets.benches import eventually

TABLES = ("routes", "ways", "texts", "changes", "notes", "counts")


def put_in(said: dict[str, Any], batch: dict[str, Any]) -> None:
    """Put a batch into what was said so far, as the page does."""
    for name in TABLES:
        said[name] = [*said[name], *batch[name]]
    said["events"] |= {place: list(row) for place, row in batch["events"]}
    for place, waited, consumer in zip(*batch["taken"], strict=True):
        said["events"][place][4] = waited
        said["events"][place][6] = consumer
    for place, responded, way, texts in zip(*batch["done"], strict=True):
        said["events"][place][5] = responded
        said["events"][place][7:] = [way, *texts]


def read_back(said: dict[str, Any]) -> Trace:
    """What was said, as a trace."""
    events = [row for _, row in sorted(said["events"].items())]
    return Trace(*read(json.dumps({**said, "events": events})))


def counted(said: dict[str, Any]) -> Counter[str]:
    """What a page counts of what was said, told one by one or not."""
    counts: Counter[str] = Counter()
    for event in read_back(said).events:
        counts.update({"accepted": 1, "taken": event.taken is not None})
        counts.update({"finished": event.finished is not None})
        counts.update(f"{one.collector} {one.outcome}" for one in event.results)
    for _, accepted, taken, finished, undelivered, _, collectors in said["counts"]:
        counts.update({"accepted": accepted, "taken": taken, "finished": finished})
        counts.update({"None undelivered": undelivered})
        for key, ok, error in collectors:
            counts.update({f"{key} Ok": ok, f"{key} Error": error})
    return +counts


class Page:
    """What a page hears of an animation, and says to it."""

    def __init__(self, animation: Animation, view: str = "one") -> None:
        self.animation = animation
        self.view = view
        self.heard: list[dict[str, Any]] = []
        animation.send = lambda content, buffers=None: self.heard.append(content)

    def says(self, what: str, **more: Any) -> None:
        """Send a message, as a click does."""
        content = {"do": what, "view": self.view, **more}
        self.animation._handle_custom_msg(content, [])

    async def opens(self) -> None:
        """Ask for everything, and wait for it."""
        self.says("all")
        await eventually(lambda: any(each["kind"] == "all" for each in self.heard))

    @property
    def trace(self) -> Trace:
        """The trace, as the page has it by now."""
        return read_back(self.said)

    @property
    def said(self) -> dict[str, Any]:
        """All that it was told, put together."""
        said: dict[str, Any] = {}
        for each in self.heard:
            if each["kind"] == "all":
                rows = [list(row) for row in each["trace"]["events"]]
                said = {**each["trace"], "events": dict(enumerate(rows))}
            elif each["kind"] == "more":
                put_in(said, each["more"])
        return said

    @property
    def counts(self) -> Counter[str]:
        """How many payloads it has counted by now, told one by one or not."""
        return counted(self.said)

    @property
    def collectors(self) -> tuple[str, ...]:
        """The keys of the collectors that it knows of by now."""
        queue = self.trace.queue
        assert queue is not None
        return tuple(one.key for one in queue.changes[-1].collectors)

    @property
    def limits(self) -> list[dict[str, Any]]:
        """The limits of the queue that it was told of since it was opened, in order."""
        told = [each["more"]["limits"] for each in self.heard if each["kind"] == "more"]
        return [limits for each in told for limits in each]

    @property
    def state(self) -> dict[str, Any]:
        """What its buttons show."""
        state: dict[str, Any] = self.heard[-1]["state"]
        return state
