"""Animation: a history, or a queue that runs, as a picture that moves."""

from time import perf_counter
from typing import Any

import traitlets as t

from event_collector import Payload
from event_collector._text import one_line
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.feed import Feed
from event_collector_widgets.motion.moving import Moving, Pace
from event_collector_widgets.motion.question import Question
from event_collector_widgets.motion.still import still
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.output import stays_in_panel
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
    _question: Question | None = None
    _went = ""
    """Of a question that is shown no more, what became of it."""

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

    def still(self) -> str:
        """As for every animation; below it the question that was asked last, as text.

        While that one's payload waits at the publisher, the picture is of now.
        """
        if self._question is None:
            return super().still()
        now = self._question.event is None
        return still(self.trace, self.title, now=now) + self._question.plain()

    # A workbench

    def ask(self, payload: Payload[Any]) -> Question:
        """Show a payload at the publisher, and ask who will get it, before it goes.

        Whoever looks ticks the collectors, or nobody, and sends it; then the answer is scored by
        what happens, with the reason for each mistake. `await question.send()` in a cell does the
        same and prints the score: so the cells that follow do not depend on a click. The next
        question takes the place of this one. It goes when the workbench is made again; its payload,
        if it has not gone, can be sent to the new one from a cell.

        Args:
            payload: What to send. It is sent once.

        Raises:
            TypeError: It is not a Payload.
            RuntimeError: This is not the animation of a workbench.
        """
        if self._feed is None:
            raise RuntimeError(
                f"ask() needs a queue to send to, got {self!r}; write Animation(bench).ask(payload)"
            )
        if not isinstance(payload, Payload):
            raise TypeError(
                f"ask() takes a Payload, got {type(payload).__name__}: {one_line(payload)}; "
                "wrap it: Payload(value)"
            )
        self._question, self._went = Question(self._feed.bench, payload, self._tell), ""
        self._tell()
        return self._question

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
        if (question := self._question) is not None:
            question.moved(bench)  # which a cell may hold
            self._question, self._went = None, question.went()
        bench.watch(self.repaint)
        self._send_all(None, other=True)

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
        if feed.full:
            feed.again()
            self._send_all(None)
        feed.note()
        if (more := feed.batch()) is not None:
            self.send({"kind": "more", "more": more, "state": self._state()})
        self._due, self._wanted = True, feed.behind > 0
        took = 0.0 if feed.idle else perf_counter() - began
        feed.bench.loop.later(max(EVERY, took / SHARE), self._go_on)

    def _catch_up(self) -> None:
        """Tell of what is new, whether or not it is time to: to those that look already."""
        assert self._feed is not None
        self._feed.note()
        more = self._feed.batch()
        if more is not None and self._views:
            self.send({"kind": "more", "more": more, "state": self._state()})

    def _go_on(self) -> None:
        self._due = False
        if self._wanted:
            self.repaint()

    def _send_all(self, view: str | None, *, other: bool = False) -> None:
        """Send all that there is, to one view or to all; whether it is of another workbench."""
        assert self._feed is not None
        told = {"kind": "all", "view": view, "other": other}
        self.send({**told, "trace": self._feed.all(), "state": self._state()})

    def _state(self) -> dict[str, Any]:
        assert self._feed is not None
        question = self._question
        asked = None if question is None else question.state()
        return {**self._feed.state(), "question": asked, "went": self._went}

    def _tell(self, **more: Any) -> None:
        """Tell the page what its buttons show, and no more."""
        if self._feed is not None and self._views:
            state = {**self._state(), **more}
            self.send({"kind": "more", "more": self._feed.nothing(), "state": state})

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
            # What there is is there at once: told later, it would look as if it happened now.
            self._catch_up()
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
        elif what in ("pause", "step", "resume", "fault", "no fault", "tick", "send"):
            self._act(what, content)
        self.repaint()

    def _act(self, what: str, content: dict[str, Any]) -> None:
        """Do to the queue what the page asks for, and say in the page if that cannot be."""
        assert self._feed is not None
        feed = self._feed
        try:
            if what == "fault":
                names = ("key", "kind", "probability", "seconds")
                fault: Any = {name: content.get(name) for name in names}
                feed.bench.faults.set(**fault)
            elif what == "no fault":
                feed.bench.faults.clear(content.get("key"))
            elif what in ("tick", "send"):
                self._answered(what, content)
            else:
                getattr(feed.bench, what)()
                self._paused_here = what != "resume"
            feed.note()
        except Exception as exc:
            self._tell(note=str(exc))

    def _answered(self, what: str, content: dict[str, Any]) -> None:
        """Keep what is ticked, or send the payload, of the question that the page shows."""
        question = self._question
        if question is None or content.get("id") != id(question):
            return
        if what == "tick":
            question.answer = content.get("answer")
            return

        async def go() -> None:
            await question.go()
            await question.score()

        with stays_in_panel():
            question.bench.loop.start(go(), lambda exc: self._tell(note=str(exc)))

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
