"""What every animation is: a widget with a title, a speed, a still, and a file to save it as."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import anywidget
import traitlets as t

from event_collector_widgets.motion.bundle import style
from event_collector_widgets.motion.page import page_of
from event_collector_widgets.motion.still import still
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.panels.parts.static import display_both, framed

type Pace = Literal["steps", "clock"]

SLOWEST, FASTEST = 0.01, 1000.0

ALIVE = "This is one moment of an animation. It moves where the notebook's cells have run."


class Moving(anywidget.AnyWidget):
    """Traces that are played: their names, and how.

    Args:
        speed: How fast it plays, from 0.01 to 1,000 times.
        pace: As for Animation.
        title: What stands above it.
        more: Other traits.

    Raises:
        TypeError: `speed` is not a number, or `title` not a str.
        ValueError: `speed` is not from 0.01 to 1,000, or `pace` is another.
    """

    _css = style("motion", "live")

    title = t.Unicode().tag(sync=True)
    speed = t.Float(1.0).tag(sync=True)
    pace = t.Unicode().tag(sync=True)

    def __init__(self, *, speed: float, pace: Pace | None, title: str, **more: Any) -> None:
        check_look(speed, pace, title)
        super().__init__(title=sendable(title), speed=float(speed), pace=pace or "", **more)

    def parts(self) -> Sequence[tuple[str, Trace]]:
        """The traces that it shows, each with its name."""
        raise NotImplementedError

    def save(self, path: str | Path, *, overwrite: bool = False, values: bool = True) -> Path:
        """Write it into one HTML file that plays in any browser, with no network and no kernel.

        The file contains a short text of each payload and of each result, for whoever gets it.

        Args:
            path: The file, such as "run.html".
            overwrite: Whether a file that is there is replaced.
            values: Whether the texts of payloads and results are in it. Without them it has numbers
                in their place, and of an Error its class; keys, topics and priorities stay.

        Returns:
            The path.

        Raises:
            FileExistsError: The file is there, and `overwrite` is not True.
            OSError: It cannot be written.
        """
        path = Path(path)
        parts = self.parts()
        if not values:
            parts = [(name, trace.without_values()) for name, trace in parts]
        if path.exists() and overwrite is not True:
            raise FileExistsError(f"{path} is there already; pass overwrite=True to replace it")
        page = page_of(parts, title=self.title, speed=self.speed, pace=self.pace, values=values)
        path.write_text(page, encoding="utf-8")
        said = "the texts of payloads and results" if values else "no texts of payloads or results"
        print(f"saved {path}; the file contains {said}")  # noqa: T201
        return path

    def still(self) -> str:
        """The picture of one moment as an SVG: that at which most kinds of places are taken.

        Of several such moments the one with the longest queue, and of these the first. The same
        trace gives the same text.
        """
        return "".join(still(trace, name) for name, trace in self.parts())

    # Display

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and beside it the picture of one moment for where no kernel runs."""
        bundle: Any = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = repr(self)
        data["text/html"] = framed(self.title or "Animation", self.still(), ALIVE)
        return bundle

    def _ipython_display_(self) -> None:
        """Display the picture too, in an output of its own that the animation hides."""
        bundle = self._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        display_both(data["text/html"], bundle)


def check_look(speed: object, pace: object, title: object) -> None:
    """Refuse what no animation can be shown with."""
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise TypeError(f"speed must be a number, got {type(speed).__name__}")
    if not SLOWEST <= speed <= FASTEST:
        raise ValueError(f"speed must be from 0.01 to 1,000, got {speed!r}")
    if pace not in (None, "steps", "clock"):
        raise ValueError(f'pace must be "steps", "clock" or None, got {pace!r}')
    if not isinstance(title, str):
        raise TypeError(f"title must be a str, got {type(title).__name__}")
