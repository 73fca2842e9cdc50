"""Send panels for tests: over three collectors, and what is clicked in their form."""

from typing import Any

from event_collector_widgets import SendPanel, Workbench

from event_collector import Delivery, Payload
from tests.support import settle
from tests.widgets.benches import collector, eventually


async def weather(bench: Workbench) -> SendPanel:
    """A panel over three collectors, the last without a topic."""
    await bench.put(collector("seattle", topics=["temperature", "rain"]))
    await bench.put(collector("portland", topics=["temperature"]))
    await bench.put(collector("audit"))
    return SendPanel(bench)


async def sent(panel: SendPanel) -> Payload[Any]:
    """Click on Send; return the payload that the queue got."""
    before = panel.bench.metrics().accepted
    panel.send_button.click()
    await eventually(lambda: panel.bench.metrics().accepted > before)
    return panel.bench.history.latest(1)[0].payload


async def choose(panel: SendPanel, mode: Delivery, *names: str) -> None:
    """Choose a delivery, and of the keys or topics that are offered then."""
    panel.names.delivery.value = mode
    await settle()
    if names:
        panel.names.names.value = names
        await settle()


def offered(menu: Any) -> list[Any]:
    """What a menu stands for, option by option."""
    return [value for _, value in menu.options]


def press(panel: SendPanel, do: str) -> None:
    """Click a button of the templates, as the page tells of it."""
    panel.templates.bar._handle_custom_msg({"do": do}, [])


def buttons(panel: SendPanel) -> list[str]:
    """The labels of the buttons of the templates."""
    return [each["label"] for each in panel.templates.bar.buttons]
