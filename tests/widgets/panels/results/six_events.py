"""A results panel over six events, for tests."""

from typing import Any

from event_collector_widgets import ResultsPanel, Workbench, failing

from event_collector import Delivery, Payload
from tests.widgets.benches import collector, give


async def some(bench: Workbench) -> ResultsPanel:
    """A panel over six events, two of which have an Error."""
    await bench.put(collector("x"))
    await bench.put(collector("bad", failing))
    for number in range(4):
        await give(bench, Payload(number, Delivery.KEY, keys=["x"], priority=number))
    for value in ("a", "b"):
        await give(bench, Payload(value, Delivery.BROADCAST, topics=["t"]))
    return ResultsPanel(bench)


def payloads(bench: Workbench) -> list[Payload[Any]]:
    """What was sent, in order."""
    return [event.payload for event in bench.history]


def shown(panel: ResultsPanel) -> tuple[bool, bool]:
    """Whether the button that asks is in sight, and the one that answers."""
    asks, answers = panel.resend_button, panel.confirm_button
    return asks.layout.display is None, answers.layout.display is None


def later(panel: ResultsPanel) -> None:
    """A second later, for the question."""
    panel._resends.question._at -= 1
