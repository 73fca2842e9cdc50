"""Animation: a history, or a queue that runs, as a picture that moves."""

from time import perf_counter
from typing import Any

import traitlets as t

from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.feed import Feed
from event_collector_widgets.motion.moving import Moving, Pace
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.panels.parts.cells import made_here
from event_collector_widgets.workbench import Workbench

EVERY = 0.1
"""Seconds between two messages to the page, at least."""
SHARE = 0.03
"""Of the loop's time, what telling the page may take at most."""


class Animation(Moving):
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
    live = t.Bool(False).tag(sync=True)
    trace_json = t.Unicode().tag(sync=True)

    _feed: Feed | None = None

    def __init__(
        self, source: object, speed: float = 1.0, *, pace: Pace | None = None, title: str = ""
    ) -> None:
        live = isinstance(source, Workbench)
        self._trace = Trace((), None) if live else trace_of(source)
        super().__init__(
            speed=speed,
            pace=pace,
            title=title,
            live=live,
            trace_json="" if live else self._trace.to_json(),
        )
        self._views: dict[str, bool] = {}
        self._paused_here = self._due = self._wanted = False
        if isinstance(source, Workbench):
            self._begin(source)
            made_here(self, source.name)

    @property
    def trace(self) -> Trace:
        """What it shows. Of a workbench: what has happened until now."""
        return self._trace if self._feed is None else self._feed.trace()

    def parts(self) -> list[tuple[str, Trace]]:
        """The one trace, under the title."""
        return [(self.title, self.trace)]

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
        """Tell the page what is new, if anybody looks: now, or when it is time to.

        The time until the next one goes by how long this one took, so that the queue always has
        almost all of the loop.
        """
        feed = self._feed
        if feed is None or not any(self._views.values()):
            return
        if self._due:
            self._wanted = True
            return
        began = perf_counter()
        feed.note()
        if (more := feed.batch()) is not None:
            self.send({"kind": "more", "more": more, "state": feed.state()})
        self._due, self._wanted = True, feed.behind > 0
        took = 0.0 if feed.idle else perf_counter() - began
        feed.bench.loop.later(max(EVERY, took / SHARE), self._go_on)

    def _go_on(self) -> None:
        self._due = False
        if self._wanted:
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

    def __repr__(self) -> str:
        if self._feed is not None:
            return f"Animation({self._feed.bench!r})"
        return f"Animation({self._trace!r})"


def trace_of(source: object) -> Trace:
    """A trace, or what one can be read of."""
    return source if isinstance(source, Trace) else Trace.of(source)
