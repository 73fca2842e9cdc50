"""Service: what a context tells of the code in it: for which queue, event and collector."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any

from event_collector._log import logger
from event_collector.event import CollectorEvent

_ENDS = threading.RLock()
"""Between those who add to what is called at an end, and the end. A signal's handler may add."""


class InService:
    """What a context tells of itself: in which queue's service it is, and for which event.

    Tasks and threads that a processor starts get a copy of its context, and with it this. So it is
    no longer the processor's own once the event is done: `event` is None then. What is left are
    plain values: a context may be kept for long, and with it what it refers to.
    """

    __slots__ = ("at_end", "event", "keys", "number", "outer", "watch")

    watch: Any
    """The queue's `Watch`, which is built on this."""
    event: CollectorEvent | None
    """None in the context of a queue as a whole, and when the event is done."""
    outer: "InService | None"
    """That of the context in which the queue was started, which may be a processor's."""
    number: int
    """The event's id, also when it is done; 0 in the context of a queue as a whole."""
    keys: tuple[str, ...] | None
    """The collector's own tuple of its key, where one collector's processor runs in the context."""
    at_end: list[Callable[[], object]] | tuple[()] | None
    """What is to be called when the processor has ended, in its context. None where nothing is,
    which is how it nearly always is; an empty tuple when it has ended."""

    def wait_for_end(self, call: Callable[[], object]) -> bool:
        """Have a function called at the end, from any thread; False if that has passed."""
        with _ENDS:
            if self.at_end:
                self.at_end.append(call)
                return True
            # In one step: a consumer that finds nothing to call does not ask for the lock.
            self.at_end = calls = [call] if self.at_end is None else ()
            return bool(calls)

    def end(
        self, context: contextvars.Context | None = None
    ) -> KeyboardInterrupt | SystemExit | None:
        """The processor has ended: call what waits for that, each once, in its context, which is
        the current one unless given.

        Returns:
            The first KeyboardInterrupt or SystemExit that one raised; the others are called too.
            For a CancelledError nothing ends: the processor has done its work.
        """
        struck: KeyboardInterrupt | SystemExit | None = None
        left: Iterator[Callable[[], object]] | None = None
        while True:
            try:
                with _ENDS:  # nothing is added any more: threads could go on with that for ever
                    if left is None:
                        left, self.at_end = iter(self.at_end or ()), ()
                for call in left:
                    try:
                        call() if context is None else context.run(call)
                    except (KeyboardInterrupt, SystemExit) as exc:
                        struck = struck or exc
                    except BaseException:
                        logger.exception("%r, called at the end of a processor, raised", call)
                break
            except (KeyboardInterrupt, SystemExit) as exc:  # between two of them: it goes on
                struck = struck or exc
        try:
            return struck
        finally:
            del struck  # its traceback leads back to here


def in_service(
    watch: Any,
    event: CollectorEvent | None,
    outer: InService | None,
    keys: tuple[str, ...] | None = None,
) -> InService:
    """Make one. Not by a constructor: of a class with slots it would take half as long again, and
    most events have one made."""
    made = InService()
    made.watch = watch
    made.event = event
    made.outer = outer
    made.number = 0 if event is None else event.id
    made.keys = keys
    made.at_end = None
    return made


IN_SERVICE: contextvars.ContextVar[InService] = contextvars.ContextVar("event_collector service")
"""In whose service the code is that runs here."""


def marked(
    watch: Any, event: CollectorEvent, outer: InService | None
) -> tuple[InService, contextvars.Context]:
    """Mark a consumer's own context with an event; return the mark, and the context with it.

    Whoever is started by the processor finds the event by this. A new mark for each event: what an
    earlier processor has left behind may have the mark before. None for a processor that never
    waits, since what that starts runs when the event is done.

    What a processor sets in its context is found by comparing it with this. Contexts are maps that
    share what they have in common: to copy one takes no time, and two that nobody has changed are
    the same at a look.
    """
    mark = in_service(watch, event, outer)
    IN_SERVICE.set(mark)
    return mark, contextvars.copy_context()


def closed_here(watch: Any) -> Any:
    """Why nothing more is to begin in the service that this runs in; None if it may.

    A router of the user's own may still be at an event that a forced shutdown has given up. The
    contexts of the collectors are closed by then.
    """
    here = IN_SERVICE.get(None) if watch.gave_up else None
    return None if here is None or here.watch is not watch else watch.gave_up.get(here.number)
