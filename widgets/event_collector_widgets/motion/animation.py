"""Animation: a history, or a queue that runs, as a picture that moves."""

from pathlib import Path
from typing import Any, Literal

import anywidget
import traitlets as t

from event_collector_widgets.motion.bundle import joined, style
from event_collector_widgets.motion.feed import Feed
from event_collector_widgets.motion.page import page_of
from event_collector_widgets.motion.still import still
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.panels.parts.cells import made_here
from event_collector_widgets.panels.parts.menus import sendable
from event_collector_widgets.panels.parts.static import display_both, framed
from event_collector_widgets.workbench import Workbench

type Pace = Literal["steps", "clock"]

SLOWEST, FASTEST = 0.01, 1000.0
EVERY = 0.1
"""Seconds between two messages to the page, at least."""

ALIVE = "This is one moment of an animation. It moves where the notebook's cells have run."


class Animation(anywidget.AnyWidget):
    """What happened in a queue, or happens now, as a picture that moves.

    Publisher, buffer, consumers, router and collectors, from left to right, and a token for each
    payload. It can be played, paused, stepped through, and searched for Errors; a click on a token
    or a place says more. All of it goes by keyboard too.

    Of a Workbench it shows what happens now, at most a second behind. Its buttons hold that queue's
    own consumers. It follows the workbench's name when that is made again, and resumes a queue that
    it has paused when it is left. While it is not in view it asks for nothing.

    Args:
        source: A Workbench, a Trace, or what `Trace.of` takes.
        speed: How fast it plays, from 0.01 to 1,000 times.
        pace: "clock": as the clock went. "steps": one thing after the other, each as long as it
            takes to see it. None: by the clock if that can be followed by eye.
        title: What stands above it.

    Raises:
        TypeError: As from `Trace.of`; or `speed` is not a number, or `title` not a str.
        ValueError: `speed` is not from 0.01 to 1,000, or `pace` is another.
    """

    _esm = joined("widget")
    _css = style()

    title = t.Unicode().tag(sync=True)
    speed = t.Float(1.0).tag(sync=True)
    pace = t.Unicode().tag(sync=True)
    live = t.Bool(False).tag(sync=True)
    trace_json = t.Unicode().tag(sync=True)

    _feed: Feed | None = None

    def __init__(
        self, source: object, speed: float = 1.0, *, pace: Pace | None = None, title: str = ""
    ) -> None:
        _check_look(speed, pace, title)
        live = isinstance(source, Workbench)
        self._trace = Trace((), None) if live else _trace_of(source)
        super().__init__(
            title=sendable(title),
            speed=float(speed),
            pace=pace or "",
            live=live,
            trace_json="" if live else self._trace.to_json(),
        )
        self._views: dict[str, bool] = {}
        self._paused_here = self._due = False
        if isinstance(source, Workbench):
            self._begin(source)
            made_here(self, source.name)

    @property
    def trace(self) -> Trace:
        """What it shows. Of a workbench: what has happened until now."""
        return self._trace if self._feed is None else self._feed.trace()

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
        trace = self.trace if values else self.trace.without_values()
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} is there already; pass overwrite=True to replace it")
        page = page_of(trace, title=self.title, speed=self.speed, pace=self.pace, values=values)
        path.write_text(page, encoding="utf-8")
        said = "the texts of payloads and results" if values else "no texts of payloads or results"
        print(f"saved {path}; the file contains {said}")  # noqa: T201
        return path

    def still(self) -> str:
        """The picture of one moment as an SVG: that at which the most kinds of places are taken.

        Of several such moments the one with the longest queue, and of these the first. The same
        trace gives the same text.
        """
        return still(self.trace, self.title)

    def close(self) -> None:
        """Take it away where it is shown; a queue that it has paused is resumed."""
        if self._feed is not None:
            self._views.clear()
            self._leave()
            self._feed.close()
        super().close()

    # A workbench

    def _begin(self, bench: Workbench) -> None:
        self._feed = Feed(bench)
        self._paused_here = False
        bench.watch(self.repaint)
        bench.follow(self.moved)
        self.on_msg(self._heard)

    def moved(self, bench: Workbench) -> None:
        """Show the workbench that was made again under the name of this one, from now on."""
        if self._feed is None or bench is self._feed.bench or self.comm is None:
            return
        self._feed.close()
        self._feed = Feed(bench)
        self._paused_here = False
        bench.watch(self.repaint)
        self._send_all(None)

    def repaint(self) -> None:
        """Tell the page what is new, if anybody looks."""
        feed = self._feed
        if feed is None or not any(self._views.values()):
            return
        feed.note()
        if (more := feed.batch()) is not None:
            self.send({"kind": "more", "more": more, "state": feed.state()})
        if feed.behind and not self._due:
            self._due = True
            feed.bench.loop.later(EVERY, self._go_on)

    def _go_on(self) -> None:
        self._due = False
        self.repaint()

    def _send_all(self, view: str | None) -> None:
        assert self._feed is not None
        feed = self._feed
        self.send({"kind": "all", "view": view, "trace": feed.all(), "state": feed.state()})

    def _heard(self, _: object, content: Any, buffers: object) -> None:
        """What the page asks for, in whatever thread."""
        feed = self._feed
        if feed is not None and isinstance(content, dict):
            feed.bench.loop.soon(lambda: self._do(str(content.get("do")), content))

    def _do(self, what: str, content: dict[str, Any]) -> None:
        feed, view = self._feed, str(content.get("view"))
        if feed is None:
            return
        if what == "all":
            self._views[view] = True
            self._send_all(view)
        elif what == "here":  # answered in the loop: a loop that is blocked is silent
            self.send({"kind": "here"})
            return
        elif what == "seen":
            self._views[view] = content.get("seen") is True
        elif what == "left":
            self._views.pop(view, None)
            self._leave()
            return
        elif what in ("pause", "step", "resume"):
            self._hold(what)
        self.repaint()

    def _hold(self, what: str) -> None:
        """Pause, step or resume the queue, and say in the page if that cannot be."""
        assert self._feed is not None
        feed = self._feed
        try:
            getattr(feed.bench, what)()
            self._paused_here = what != "resume"
            feed.note()
        except Exception as exc:
            state = {**feed.state(), "note": str(exc)}
            self.send({"kind": "more", "more": feed.nothing(), "state": state})

    def _leave(self) -> None:
        """Resume the queue if this has paused it, and nobody looks any more."""
        feed = self._feed
        if feed is not None and self._paused_here and not self._views and feed.bench.queue.paused:
            feed.bench.resume()
            self._paused_here = False

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

    def __repr__(self) -> str:
        if self._feed is not None:
            return f"Animation({self._feed.bench!r})"
        return f"Animation({self._trace!r})"


def _trace_of(source: object) -> Trace:
    return source if isinstance(source, Trace) else Trace.of(source)


def _check_look(speed: object, pace: object, title: object) -> None:
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise TypeError(f"speed must be a number, got {type(speed).__name__}")
    if not SLOWEST <= speed <= FASTEST:
        raise ValueError(f"speed must be from 0.01 to 1,000, got {speed!r}")
    if pace not in (None, "steps", "clock"):
        raise ValueError(f'pace must be "steps", "clock" or None, got {pace!r}')
    if not isinstance(title, str):
        raise TypeError(f"title must be a str, got {type(title).__name__}")


__all__ = ["Animation", "Pace"]
