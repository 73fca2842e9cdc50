"""Question: who will get a payload? Answered before it goes, and scored by what happens to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from event_collector import CollectorEvent, Explanation, Payload, _check
from event_collector._text import one_line
from event_collector_widgets.motion.traced import short, visible
from event_collector_widgets.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Mistake:
    """A collector that was answered wrongly."""

    key: str
    got: bool
    """Whether it got the payload."""
    reason: str
    """Why it did, or why not, in the words of `explain`."""

    def __str__(self) -> str:
        if self.got:
            return f"{visible(self.key)} got it, and was not ticked: {self.reason}"
        return f"{visible(self.key)} did not get it, and was ticked: {self.reason}"


class Question:
    """Who will get a payload: see `Animation.ask`.

    The answer is ticked in the animation, or set here. Shown where there is no animation, it is
    the question, the collectors and the score as text.

    Args:
        bench: The workbench that the payload will be sent to.
        payload: The payload.
        changed: Called when there is something new to show.
    """

    def __init__(
        self, bench: Workbench, payload: Payload[Any], changed: Callable[[], object]
    ) -> None:
        self.bench = bench
        """The workbench; the next one of its name, if it was made again before the payload went."""
        self.payload = payload
        self.event: CollectorEvent | None = None
        """Of the payload; None until it is accepted."""
        self.mistakes: tuple[Mistake, ...] | None = None
        """In the order of the collectors; None until it is scored, and where it cannot be."""
        self._changed = changed
        self._answer: list[str] | None = None
        self._asked: list[str] | None = None
        self._expected: list[Explanation] | None = None
        self._lines: list[str] = []
        self._going = False

    @property
    def choices(self) -> list[str]:
        """The keys that can be ticked: the collectors, as they are or as they were when it went."""
        return list(self.bench.collectors if self._asked is None else self._asked)

    @property
    def answer(self) -> list[str] | None:
        """The keys that are ticked, in the order of the collectors; None: no answer.

        An empty list is an answer: nobody.

        Raises:
            TypeError: Set to something else than a list of keys or None.
            ValueError: Set to a key that no collector has.
            RuntimeError: Set after the payload has gone.
        """
        if self._answer is None:
            return None
        return [key for key in self.choices if key in self._answer]

    @answer.setter
    def answer(self, answer: Iterable[str] | None) -> None:
        if self._going:
            raise RuntimeError("the payload has gone; ask again to answer anew")
        keys = None if answer is None else _check.names(answer, "key")
        for key in keys or ():
            if key not in self.choices:
                raise ValueError(f"the answer must be among {self.choices}, got {key!r}")
        self._answer = keys
        self._changed()

    @property
    def right(self) -> bool | None:
        """Whether all was answered rightly; None until it is scored, or without an answer."""
        return None if self.mistakes is None else not self.mistakes

    async def send(self) -> None:
        """Send the payload if it has not gone yet, and print the score when it is done.

        In a queue that is paused it says that it waits, and returns: its score is printed by the
        next call, after the queue is resumed. A click on Send in the animation does the same, and
        prints nothing.

        Raises:
            Exception: As from `Workbench.send`.
        """
        await self.go()
        if self.event is not None and not self.event.done and self.bench.queue.paused:
            print("it waits in the buffer: the queue is paused")  # noqa: T201
            return
        await self.score()
        print("\n  ".join(map(visible, self._lines)))  # noqa: T201

    async def go(self) -> None:
        """Send the payload, unless it has gone.

        Raises:
            Exception: As from `Workbench.send`. It has not gone then.
        """
        if self._going:
            return
        expected = self.bench.explain(self.payload)
        sending = self.bench.send(self.payload)
        self._expected, self._asked, self._going = expected, self.choices, True
        self._changed()
        try:
            self.event = await sending
        except Exception:  # of a lifecycle that was begun before
            self._asked, self._going = None, False
            self._changed()
            raise

    async def score(self) -> None:
        """Wait until the payload is done, and say how the answer compares with what happened."""
        if self.event is None or self._lines:
            return
        results = await self.event.wait()
        if self.event.taken_at is None:
            self._lines = ["it was cut off before its turn, so there is nothing to score"]
        elif results.delivered and None in results.keys:
            who = type(self.bench.queue.router).__name__
            self._lines = [f"{who} does not tell who got it, so there is nothing to score"]
        else:
            got = [] if not results.delivered else [str(key) for key in results.keys]
            self._compare(got)
        self._changed()

    def _compare(self, got: Sequence[str]) -> None:
        """Score the answer against the keys of those that got it."""
        every = [Mistake(key, key in got, self._reason(key, got)) for key in self.choices]
        ticked = self.answer
        where = f"{_listed(got)} got it" if got else "nobody got it"
        if ticked is None:
            told = [
                f"{visible(one.key)} {'got it' if one.got else 'did not get it'}: {one.reason}"
                for one in every
            ]
            self._lines = [f"no answer; {where}", *told]
            return
        self.mistakes = tuple(one for one in every if one.got != (one.key in ticked))
        if not self.mistakes:
            self._lines = [f"right: {where}"]
            return
        count = len(self.mistakes)
        self._lines = [f"{count} {'mistake' if count == 1 else 'mistakes'}: {where}"]
        self._lines += map(str, self.mistakes)

    def _reason(self, key: str, got: Sequence[str]) -> str:
        """Why a collector is, or is not, among those that got it.

        Of what was expected and what would be expected now, it is that which fits what happened:
        collectors change, while a payload waits.
        """
        for expected in (self._expected, self.bench.explain(self.payload)):
            for one in expected or ():
                if one.key == key and one.receives == (key in got):
                    return one.reason
        router = self.bench.queue.router
        return f"{type(router).__name__} chose {_listed(got) if got else 'nobody'}"

    # What is shown

    def moved(self, bench: Workbench) -> None:
        """Go to the workbench that was made again, unless the payload has gone."""
        if not self._going:
            self.bench = bench

    def went(self) -> str:
        """What the page says when it shows this no more."""
        text = short(self.payload.value)
        return f"The workbench was made again: the question about “{text}” is gone. Ask anew."

    def state(self) -> dict[str, Any]:
        """What the page shows of it."""
        payload = self.payload
        return {
            "id": id(self),
            "event": None if self.event is None else self.event.id,
            "text": short(payload.value),
            "delivery": str(getattr(payload.delivery, "value", "other")),
            "address": self._address(),
            "choices": self.choices,
            "answer": self.answer,
            "gone": self._going,
            "right": self.right,
            "lines": self._lines,
        }

    def _address(self) -> str:
        """How it is addressed, in words."""
        delivery = str(getattr(self.payload.delivery, "value", "other"))
        names = {"key": self.payload.keys, "topic": self.payload.topics}.get(delivery)
        if names is None:
            return "as a broadcast" if delivery == "broadcast" else "as no router knows it"
        return f"by {delivery}: {', '.join(map(str, names)) or 'none is named'}"

    def plain(self) -> str:
        """The question as HTML, for where no kernel runs."""
        return f"<pre>{escape(str(self))}</pre>"

    def __str__(self) -> str:
        ticked = self.answer or []
        lines = [f"Who will get “{short(self.payload.value)}”, sent {self._address()}?"]
        lines += [f"  [{'x' if key in ticked else ' '}] {key}" for key in self.choices]
        lines.append(f"  [{'x' if self.answer == [] else ' '}] nobody")
        if self._lines:
            first, *more = self._lines
            lines += [first, *(f"  {line}" for line in more)]
        elif self._going:
            lines.append("it has gone, and is not done yet")
        return "\n".join(map(visible, lines))

    def __repr__(self) -> str:
        return f"Question({one_line(self.payload)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """In a notebook, the question as text."""
        printer.text(str(self))


def _listed(keys: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    shown = list(map(visible, keys))
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
