"""PicturesPanel: a picture of what happened, drawn when it is asked for."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from event_collector import CollectorEvent
from event_collector_widgets import pictures
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import Chosen
from event_collector_widgets.panels.parts.live import Code
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

FLOW = "flow"

_DOTS = 96
"""Pixels of an inch, as browsers have it."""
_AROUND = 44
"""Pixels of the panel that are beside the picture."""
_LEAST, _MOST = 3.6, 9.0
"""Inches of a picture's width."""

PICTURES = {
    "timeline": "timeline: every event's way through time",
    "order": "order: sent against finished",
    "who_got_what": "who got what: payloads by collectors",
    "queue_length": "queue length, and what is in service",
    "waits": "waits: how long, for which share",
    FLOW: "flow: the queue as it is now",
}
"""The functions of `event_collector_widgets.pictures`, in the order of the menu."""


class PicturesPanel(Panel):
    """A menu of pictures over the history, or over what the results' filter lets through.

    Drawing holds the event loop for some tenths of a second, so nothing is drawn until asked for.

    Args:
        bench: The workbench that it shows.
    """

    title = "Pictures"
    told = ("closed", "paused")  # what is drawn then waits for no other reason

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.over: Callable[[], Chosen] | None = None
        """Gives what to draw, where there is a filter; the Playground sets it."""
        self.menu = w.Dropdown(
            options=[(said, name) for name, said in PICTURES.items()],
            description="picture",
            layout=w.Layout(width="auto"),
        )
        self.draw_button = w.Button(description="Draw", button_style="primary")
        self.draw_button.add_class("ec-primary")
        self.code_line = Code()
        self.status.measures = True
        self.picture = w.HTML()
        self.children = (
            self.heading,
            self.warning,
            self.menu,
            w.HBox([self.draw_button]).add_class("ec-buttons"),
            self.code_line,
            self.status,
            self.picture,
        )
        self.on_click(self.draw_button, self.draw)
        self.on_input([self.menu], self.refresh)
        self.refresh()
        bench.watch(self.repaint)

    async def draw(self) -> Any:
        """Draw the chosen picture of the events as they are now; return it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        name, chosen = self.menu.value, self._chosen()
        self.say("drawing ...")
        await asyncio.sleep(0)  # so that this is seen before the loop is held
        if name == FLOW:
            made: Any = pictures.flow(self.bench.queue)
            shown, said = str(made), "the queue as it is now"
        else:
            made = self._drawn(name, chosen.events)
            shown = _image(made)
            of = f" with {chosen.words}" if chosen.words else ""
            count = len(chosen.events)
            said = f"{count:,} {'event' if count == 1 else 'events'}{of}"
        self.picture.value = f'<div class="ec-picture">{shown}</div>'
        self.code_line.show(self.code())
        self.say(f"drawn of {said}")
        return made

    def code(self) -> str:
        """What `draw` does, as code for a cell."""
        name, bench = self.menu.value, self.bench_name()
        if bench is None:
            return ""
        of = f"{bench}.queue" if name == FLOW else self._chosen().code or f"{bench}.history"
        here = self.bench.namespace.get(name) is getattr(pictures, name)
        found = "" if here else f"from event_collector_widgets.pictures import {name}\n"
        return f"{found}{name}({of})"

    def refresh(self) -> None:
        """Show the code of what would be drawn."""
        super().refresh()
        self.code_line.show(self.code())

    def forget(self) -> None:
        """Drop the picture of a workbench that was replaced."""
        self.picture.value = ""

    def _drawn(self, name: str, events: Sequence[CollectorEvent]) -> Any:
        """The picture, as wide as the panel in the page has room for, if there is one."""
        draw = getattr(pictures, name)
        room = self.status.width - _AROUND
        if self.status.width <= 0:
            return draw(events)
        from event_collector_widgets.pictures.canvas import as_wide_as

        with as_wide_as(min(max(room / _DOTS, _LEAST), _MOST)):
            return draw(events)

    def _chosen(self) -> Chosen:
        if self.over is not None:
            return self.over()
        return Chosen(list(self.bench.history), "", "")


def _image(figure: Any) -> str:
    """A figure as an image, with its alternative text."""
    png, _ = figure._repr_png_()
    data = b64encode(png).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escaped(figure.alt)}">'
