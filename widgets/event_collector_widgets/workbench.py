"""Workbench: a live queue in the notebook's loop, its collectors and its history."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from event_collector import (
    Collector,
    CollectorQueue,
    Payload,
    QueueClosedError,
    QueueType,
    Roster,
    Router,
    SimpleRouter,
    _check,
)
from event_collector._text import describe
from event_collector_widgets import failures
from event_collector_widgets.again import Again
from event_collector_widgets.changes import Changes
from event_collector_widgets.controls import Controls
from event_collector_widgets.defining import Defining
from event_collector_widgets.export import Beginnings, Exporting
from event_collector_widgets.faults import Faults
from event_collector_widgets.gauges import Gauges
from event_collector_widgets.given import CountedHistory
from event_collector_widgets.in_notebook import InNotebook
from event_collector_widgets.kernel import OwnerLoop, YieldToThreads, running_cell, shell
from event_collector_widgets.names import (
    BENCHES,
    MADE_AGAIN,
    Former,
    refuse_twin,
    replaced,
    taken_over,
)
from event_collector_widgets.namespace import variables_of
from event_collector_widgets.notices import Notices
from event_collector_widgets.offers import Offers
from event_collector_widgets.output import Outputs
from event_collector_widgets.resent import Resent
from event_collector_widgets.sendings import Outbox, Sends


def _its_playground(bench: "Workbench") -> Any:
    """The workbench knows no widget, and no panel: this one goes by its name."""
    return import_module("event_collector_widgets.panels.playground").playground_of(bench)


class Workbench(Controls, Defining, Exporting, Offers, Sends, Again):
    """A queue that runs in the notebook's loop, with its collectors and its history.

    It is ready to send to in the cell that makes it. Displaying it shows its panels.

    A second Workbench of the same name closes the first, so that running its cell again begins
    anew: the panels that are shown move to the second, with what was typed in them. Two that are
    to live side by side need names of their own: made in another cell, it says so there and in
    the panels. Sends wait until the first is closed, and a lifecycle waits for that of the same
    key. So that the first and its events are freed, it also leaves IPython's `Out` and `_`.

    Args:
        name: Its name among the workbenches of this kernel.
        min_consumers: Consumers open when idle.
        max_consumers: The most events in service at once.
        queue_type: In which order consumers take events.
        default_priority: The priority of payloads that have none, in a priority queue.
        router: The class of the router.
        max_queued: How many events may be queued before senders wait; None: no bound.
        shutdown_timeout: How many seconds `close` processes what was sent before it cuts it off.
        history: How many events are kept.
        namespace: Where the panels look for processors and values. The notebook's own
            variables unless given.

    Raises:
        RuntimeError: No event loop is running.
        TypeError, ValueError: As from `CollectorQueue` and `History`; or `name` is not a str, or
            empty, or this run of the cell has made an open one of that name; or `namespace` is
            not a mapping.
    """

    def __init__(
        self,
        name: str = "bench",
        *,
        min_consumers: int = 1,
        max_consumers: int = 100,
        queue_type: QueueType = QueueType.FIFO,
        default_priority: int = 1000,
        router: type[Router] = SimpleRouter,
        max_queued: int | None = None,
        shutdown_timeout: float | None = 10.0,
        history: int = 10_000,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = _check.name(name, "name")
        if namespace is not None:
            _check.kind(namespace, Mapping, "namespace", "give a dict, such as globals()")
        self.loop = OwnerLoop()
        self._cell = running_cell()
        self._refuse_twin()
        self.queue = CollectorQueue(
            [],
            min_consumers=min_consumers,
            max_consumers=max_consumers,
            queue_type=queue_type,
            default_priority=default_priority,
            router=router,
            max_queued=max_queued,
            shutdown_timeout=shutdown_timeout,
            carry_context=True,  # so that what a processor shows goes to the cell that has sent
        )
        self.history: CountedHistory = CountedHistory(self.queue, history)
        self.gauges = Gauges(self.queue, self.loop.loop.time)
        """What the panels show of the queue and its collectors, as numbers and over time."""
        self.faults = Faults(self.queue, self._changed)
        """What goes wrong on purpose in its collectors: nothing, unless it is set."""
        self.templates: dict[str, Payload[Any]] = {}
        """Payloads by name, for the send panel; made again under its name, it keeps them."""
        self.in_notebook = InNotebook()
        """Which of the templates stand in the notebook's file too."""
        self.resent = Resent()
        self._namespace = namespace
        self._beginnings = Beginnings()
        self._closed = self._replaced = False
        self._changes = Changes(self.loop, self._failed)
        self._outbox = Outbox(self.loop, self._lost)
        self._former = Former()
        self.displayed: Any = None
        """The widget it is displayed by, if it was displayed. The next one of its name has it."""
        self.told_again = MADE_AGAIN
        """What the panels say when they have moved to it from the one before of its name."""
        self.clicks = 0
        """How often somebody has clicked in its panels: what they said before is read by then."""
        self._shell = shell()
        turn = None if self._shell is None else YieldToThreads().turn
        self._notices = Notices(self.loop, self._failed, turn)
        self.queue.add_instrument(self._notices)
        self._outputs = Outputs(self.queue, self.history, self.collectors)
        self._replace_namesake()
        self._changes.begin(self.queue.init_queue())
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._cell_ran)

    @property
    def collectors(self) -> Roster:
        """The collectors by key, in order, read-only and live."""
        return self.queue.collectors

    # Collectors

    async def put(self, collector: Collector) -> bool:
        """Add a collector, or put it in the place of the one with its key.

        Returns:
            Whether it replaced one.

        Raises:
            Exception: As from `CollectorQueue.add` and `replace`.
        """
        self._check_open()
        with self.collectors.place_for(collector.key):  # it stands where it was defined
            if collector.lifecycle is not None:
                await self._changes.former_left(collector.key)
                self._check_open()
            return await self._put(collector)

    async def _put(self, collector: Collector) -> bool:
        replaces = collector.key in self.collectors
        self._beginnings.note(collector, self.history[-1].id if len(self.history) else 0)
        try:
            with self._changes.within(), self._outputs.of_lifecycle(collector):
                await (self.queue.replace if replaces else self.queue.add)(collector)
        finally:
            self._notices.notice()
        return replaces

    async def remove(self, key: str) -> Collector:
        """Take a collector out, after its last payload.

        Raises:
            UnknownCollectorError: No collector has that key.
        """
        try:
            removed = await self.queue.remove(key)
            self._beginnings.forget(key)
            return removed
        finally:
            self._notices.notice()

    async def close(self) -> None:
        """Process what was sent, leave the lifecycles, and stop. Closing twice is fine.

        What was sent and waits for a lifecycle is accepted first, within `shutdown_timeout`.

        Raises:
            Exception: As from `CollectorQueue.shut_down_queue`.
        """
        self._closed = True
        BENCHES.leave(self.name, self)
        if (
            self._shell is not None
            and self._cell_ran in self._shell.events.callbacks["post_run_cell"]
        ):
            self._shell.events.unregister("post_run_cell", self._cell_ran)
        if self._replaced or self.queue.shutdown_timeout is None:
            self.faults.clear()  # what hangs on purpose keeps nobody waiting
        try:
            await self._outbox.drain(self.queue.shutdown_timeout)
            await self.queue.shut_down_queue()
        finally:
            self._notices.notice()

    def watch(self, refresh: Callable[[], None]) -> None:
        """Call a bound method in the loop when something changed, some times a second at most.

        Its object is not kept alive for that. Where nothing changes, nothing is called.
        """
        self._notices.watch(refresh)

    def _changed(self) -> None:
        self._notices.notice()

    def follow(self, moved: Callable[["Workbench"], None]) -> None:
        """Call a bound method, in the loop, with the workbench that is made again under this name.

        Its object is not kept alive for that. It follows the name: it is called again when that
        one is replaced. What `watch` was given is called no more: watch the new one.
        """
        self._notices.follow(moved)

    def _cell_ran(self, *_: object) -> None:
        """A cell may have defined what the panels offer."""
        self.loop.soon(self._notices.notice)

    # Within

    def _check_open(self) -> None:
        if self._closed:
            what = "was closed with its workbench"
            advice = "run the workbench's cell again"
            if self._replaced:
                what += f", which another one named {self.name!r} has replaced"
                advice = "use that one, or give one of them a name of its own"
            raise QueueClosedError(what, advice)

    def _define(self, made: Collector) -> None:
        """Begin to put a collector; say in a line that it replaced one, as soon as it has."""
        said = f"replaced collector {made.key!r}"

        def ended(change: asyncio.Task[bool]) -> None:
            if not change.cancelled() and change.exception() is None and change.result():
                print(said)  # noqa: T201

        replaces = made.key in self.collectors
        change = self._changes.begin(self._changes.in_turn(made.key, lambda: self.put(made)))
        if replaces and self.collectors.get(made.key) is made:
            print(said)  # noqa: T201
        else:
            change.add_done_callback(ended)

    def _failed(self, error: BaseException) -> None:
        print(f"{self!r}: {describe(error)}", file=sys.stderr)  # noqa: T201
        failures.tell(self, error)
        self._notices.notice()

    def _lost(self, error: BaseException) -> None:
        said = f"{self!r}: a payload was not sent: {describe(error)}"
        print(said, file=sys.stderr)  # noqa: T201

    def _refuse_twin(self) -> None:
        old = BENCHES.who(self.name)
        if old is not None and not old._closed and old.loop.loop is self.loop.loop:
            refuse_twin(self.name, old._cell, self._cell, BENCHES.taken())

    def _replace_namesake(self) -> None:
        """Take over from the workbench that had the name, if it is of the same loop."""
        old = BENCHES.take(self.name, self)
        if old is None or old.loop.loop is not self.loop.loop:
            return
        if old.queue.running:
            cells = [each and each[0] for each in (self._cell, old._cell)]
            again = None not in cells and cells[0] == cells[1]
            other = None not in cells and not again
            held_by = [] if again else variables_of(old, self.namespace)
            taken = BENCHES.taken()
            print(replaced(self.name, held_by, taken, other=other))  # noqa: T201
            if other:
                self.told_again = taken_over(self.name, taken)
        old._replaced = True
        self._former = former = Former(old, old._former)
        self._changes.succeed(old._changes, former.lifecycles(), former.close())
        self.displayed, old.displayed = old.displayed, None
        self.templates, self.in_notebook = old.templates, old.in_notebook
        old._notices.hand_over(self._notices, self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Displayed, it shows its Playground."""
        return _its_playground(self)._repr_mimebundle_(**options)

    def _ipython_display_(self) -> None:
        _its_playground(self)._ipython_display_()

    def __repr__(self) -> str:
        return f"Workbench({self.name!r}, {list(self.collectors)!r})"
