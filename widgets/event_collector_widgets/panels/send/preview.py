"""Preview: what a click on Send would send, to whom, and the words of its button."""

from typing import Any

from event_collector import Delivery, Payload
from event_collector_widgets.numbers import count as counted
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.panels.send.names import Names
from event_collector_widgets.panels.send.reach import MOST_NAMES, MOST_ROWS, groups_of, reach_html
from event_collector_widgets.panels.send.receivers import receivers_html
from event_collector_widgets.panels.send.table_rows import Table
from event_collector_widgets.panels.send.value import Value
from event_collector_widgets.uploads import copies
from event_collector_widgets.workbench import Workbench


def send_label(table: Table | None, count: int) -> str:
    """What the button says that it does: "Send", "Send 3 copies", "Send 17,518 payloads".

    Args:
        table: What is sent a row each; None: one value is sent.
        count: How many copies of that one.
    """
    if table is not None:
        return f"Send {counted(table.count, 'payload')}"
    return f"Send {count:,} copies" if count > 1 else "Send"


def preview_html(
    bench: Workbench, value: Value, names: Names, table: Table | None, count: int
) -> str:
    """What would be sent, and whom it would reach and why, as HTML. Nothing is sent.

    Args:
        bench: Where it would go.
        value: What would be sent.
        names: For whom it is.
        table: What would be sent a row each; None: one value.
        count: How many copies of that one.

    Raises:
        UnchosenError: Something is not chosen yet.
        TypeError, ValueError: Something is wrong: the text, a field, a cell, the number of copies.
    """
    if table is not None:
        return _note(table.told()) + _rows(bench, names, table)
    payload = names.payload(value.value(bench))
    told = value.note(payload.value)
    if count != 1:
        copies(payload, count)  # refuses what is wrong
        told = "; ".join(filter(None, [told, f"{count:,} times"]))
    return _note(told) + _who(bench, payload)


def _rows(bench: Workbench, names: Names, table: Table) -> str:
    """Whom the rows would reach."""
    if not table.count:
        raise ValueError(f"{table.name} has no rows")
    groups = groups_of(table, names.addressing())
    cut = sum(group.count for group in groups) < table.count
    looked_at = _note(f"of the first {MOST_ROWS:,} rows:") if cut else ""
    if len(groups) == 1 or bench.explain(groups[0].payload) is None:
        which = "the row " if table.count == 1 else "" if cut else "each row "
        return looked_at + _who(bench, groups[0].payload, which)
    return looked_at + reach_html(groups, bench.explain)


def _who(bench: Workbench, payload: Payload[Any], which: str = "") -> str:
    """Who would get a payload, and why."""
    word = {Delivery.KEY: "keys", Delivery.TOPIC: "topics"}.get(payload.delivery)
    if word is not None and (count := len(getattr(payload, word))) > MOST_NAMES:
        return _note(f"for {count:,} {word}: who they are is not shown")
    explained = bench.explain(payload)
    if explained is None:
        return _note(f"{type(bench.queue.router).__name__} decides when the payload is taken")
    return receivers_html(explained, which)


def _note(told: str) -> str:
    return f'<div class="ec-note">{escaped(told)}</div>' if told else ""
