"""Send panels for tests that stand at a table of the notebook."""

from typing import Any

from event_collector_widgets import SendPanel, Workbench, failing

from event_collector import Context, Ok, Payload, Result
from tests.support import settle
from tests.widgets.benches import collector

ROWS: list[dict[str, Any]] = [
    {"city": "seattle", "to": "audit", "how": "key", "temp": 39.5},
    {"city": "portland", "to": "billing", "how": "broadcast", "temp": None},
    {"city": "tacoma", "to": "rain", "how": "topic", "temp": 451.0},
]


async def with_table(bench: Workbench, name: str = "rows") -> SendPanel:
    """A panel that stands at a table of the notebook, over three collectors."""
    await bench.put(collector("audit", echo))
    await bench.put(collector("billing", echo, topics=["rain"]))
    await bench.put(collector("wrong", failing, topics=["fog"]))
    return await at_table(bench, name)


async def at_table(bench: Workbench, name: str = "rows") -> SendPanel:
    """A panel that stands at a table of the notebook."""
    panel = SendPanel(bench)
    panel.value.source.value = "table"
    await settle()
    panel.value.menu.value = name
    await settle()
    return panel


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(payload.value)
