"""Static: some events as plain HTML, for readers without a kernel."""

from event_collector import CollectorEvent
from event_collector_widgets.matches import Matches
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.panels.results.events import row_of
from event_collector_widgets.resent import Resent

STATIC = 10
"""How many events the static form shows."""
FAILED = 5
"""How many of them at most are there because they have an Error; those come first."""
LOOKED_AT = 50_000
"""Among how many of the newest events those with an Error are looked for."""
COLUMNS = ("event", "payload", "delivery", "status", "results")
"""What a row tells of an event."""


def static_of(matches: Matches, resent: Resent) -> str:
    """Events that match: the newest with an Error, then the newest others; and how many of each.

    Args:
        matches: Has looked at all of them.
        resent: What events were resent as.
    """
    newest = matches.window(LOOKED_AT)
    failed = [event for event in newest if _has_error(event)]
    first = failed[:FAILED]
    shown = [*first, *(event for event in newest[: STATIC + FAILED] if event not in first)][:STATIC]
    rows = [list(row_of(each, resent.told(each)).cells) for each in shown]
    told = table(list(COLUMNS), rows, "none yet")
    if not shown:
        return told
    which = "" if matches.selection.everything else " that match the filter"
    order = "errors first, then the newest" if failed else "the newest first"
    said = f"{len(shown):,} of {matches.count:,}{which}, {order}"
    return f"{told}<p>{escaped(said)}</p>"


def _has_error(event: CollectorEvent) -> bool:
    results = event.peek()
    return results is not None and bool(results.errors)
