"""A try-out panel over events that were processed strictly, and what is seen of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ipywidgets as w
from event_collector_widgets import TryOutPanel, Workbench

from tests.widgets.benches import (
    a_bench,
)
from tests.widgets.trial.trials import filled, mended


@asynccontextmanager
async def a_panel(
    *values: Any, options: dict[str, Any] | None = None, **names: Any
) -> AsyncIterator[tuple[Workbench, TryOutPanel]]:
    """A panel over a bench that has processed some values, strictly unless told otherwise."""
    names = {"mended": mended, **names}
    async with a_bench(namespace=names) as bench:
        names["bench"] = bench
        await filled(bench, *values, **(options or {}))
        panel = TryOutPanel(bench)
        panel.form.processor.value = "mended"
        yield bench, panel
        panel.close()


def shown(panel: TryOutPanel) -> list[list[str]]:
    """The cells of the rows in sight."""
    return [row["cells"] for row in panel.view.rows.rows]


def seen(widget: w.Widget) -> bool:
    """Whether a widget is not hidden."""
    return bool(widget.layout.display != "none")
