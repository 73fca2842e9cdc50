"""One consumer at work: it takes events, and gives their payloads to collectors or the router."""

import asyncio
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from event_collector._awaitables import awaitable
from event_collector._core.dispatch import outermost
from event_collector._core.service import IN_SERVICE, InService, in_service, marked
from event_collector._core.serving import Serving
from event_collector._core.watch import BLOCKED, changed, watched
from event_collector.collector import Collector
from event_collector.data import Delivery, Ok
from event_collector.router import SimpleRouter

if TYPE_CHECKING:
    from event_collector._core.consumers import Consumers

BROADCAST = Delivery.BROADCAST
ROUTE = SimpleRouter.route


class Consumer(Serving):
    """A numbered place for one event in service, and the work in it."""

    __slots__ = ("number",)

    def __init__(self, consumers: "Consumers") -> None:
        super().__init__(consumers)
        self.number = 0

    async def work(self) -> None:
        """Take events one after the other until none is queued or the slice is over.

        This is the hot path: in a burst all of an event between its acceptance and its results
        happens in one turn of this loop, without a call that can be spared. Two ways lead through
        it, and both give the same: the fast one, written out here, where the queue is `plain` and
        one collector gets the event; and the general one, `Queued.take`, `_serve` and
        `Consumers.finish`. What is written out says which method it stands for.
        """
        # Looked up once: an attribute of an attribute is a tenth of what an event costs. None of
        # these is replaced while a consumer works. What can change meanwhile, such as `plain`,
        # `cut_off` and the barriers' list of lasts (always the same list), is asked for each time.
        consumers, watch, attendance = self._consumers, self.watch, self._consumers.attendance
        queued, tally = consumers.queued, consumers.tally
        buffer, roster = queued.buffer, queued.router.collectors
        at, ranked, take_first = buffer.at, buffer.ranked, buffer.take_first
        items: Any = buffer  # of what kind, `ranked` says
        choose: Any = queued.route  # there is one where the queue is plain
        # Whoever has put another one into the class itself is asked for broadcasts, too.
        to_all = BROADCAST if getattr(choose, "__func__", None) is ROUTE else None
        context = consumers.context
        mark: InService | None = None
        run: Any = None
        value: Any
        waits_for: Any
        told_in: Context | None = None
        within: Context | None = None  # that of the processor, where that is its sender's
        waits_for_all, marks = consumers.barriers.lasts, attendance.marks
        add_times = tally.times.append
        number, time = self.number, watch.time
        # Where `==` of contexts tells all, it is written out below, without a call.
        usual: type | None = None  # the type of the last value in an Ok, which is not awaitable
        told_apart = None if watch.changed is changed else watch.changed
        self.task = task = asyncio.current_task()
        assert task is not None
        try:
            # One reading of the clock ends one event and begins the next: it is when the one was
            # finished, when the other is taken, and the mark of the watch.
            now = watch.mark = time()
            leave = strayed = False
            while True:
                began = now
                # It is taken outside of the `try` below: an interrupt that strikes before there is
                # an event is not that of one. It is the consumer's before it leaves the buffer:
                # `Consumers.struck` finds it in one of them, and gives it a result, or back.
                if plain := queued.plain:  # as `Queued.take` does it
                    # The event before is let go first: what its value does in its finalizer, such
                    # as to send, must not come between the two steps below.
                    self.event = None
                    if not items:
                        return
                    # Forgotten before the router is asked: what it raises must not be
                    # ascribed to the collector of the event before.
                    collector = self.collector = None
                    self.event = event = items[at][2] if ranked else items[at]
                    take_first(items)
                elif (found := queued.take(self, now)) is None:
                    return
                else:
                    event = found
                    del found
                try:
                    if plain:
                        event.consumer = number  # first: in another thread, "in service" has it
                        event.taken_at = now
                        # As `SimpleRouter.route` does it where that takes no more than this.
                        everyone = roster._everyone if event.payload.delivery is to_all else None
                        self.chosen = chosen = everyone or choose(event.payload)
                        if len(chosen) == 1:
                            collector = self.collector = chosen[0]
                        # No collector of the queue has a limit, in most queues: no need to ask.
                        if roster._limited and queued.park(event, chosen):
                            self.event = None
                            continue
                    else:
                        chosen = self.chosen or ()
                        collector = self.collector = chosen[0] if len(chosen) == 1 else None
                        if attendance.hooks.taken:
                            told_in = copy_context()
                            queued.tell_of(event)
                            # What a hook sets is for this event's processor, and for no other's.
                            strayed = changed(told_in)
                            told_in = None
                    if collector is None:
                        mark, context = marked(watch, event, consumers.outer)
                        self.all_ok = False
                        results, keys = await self._serve()
                        quick = self.all_ok and event._waiters is None
                    elif not attendance.lean or (
                        attendance.timing and collector._run is not collector._processor
                    ):
                        results, self.interrupt = await attendance.serve(
                            event, event.payload, collector, self
                        )
                        keys = collector._keys
                        # An instrument that leaves may want to be told of the end from now on.
                        quick = type(results) is Ok and not (
                            event._waiters or self.interrupt or attendance.outside
                        )
                    else:  # the most common case goes without a coroutine of its own
                        run = collector._run(event.payload, collector._ctx)
                        # The whole of it in this task, the first step too: see `watched`.
                        if attendance.carries:  # as `Attendance.serve` does it
                            # The event's own copy of its sender's context, and not a copy of that:
                            # nobody else gets the payload. What it says of where it is leads here.
                            within = event._context  # a CarryingEvent
                            mark = in_service(watch, event, consumers.outer, collector._keys)
                            within.run(IN_SERVICE.set, mark)
                            try:
                                waits_for = within.run(run.send, None)
                            except StopIteration as end:
                                value = end.value
                            else:
                                value = await watched(run, self, within, waits_for)
                        elif collector._waits:
                            mark, context = marked(watch, event, consumers.outer)
                            value = await watched(run, self)
                        else:
                            value = await run
                        # As `Collector._returned` does it. Of a type that is known, nobody asks.
                        if type(value) is Ok and (
                            (kind := type(value.value)) is usual or not awaitable(value.value)
                        ):
                            usual = kind
                            collector.processed += 1
                            quick = event._waiters is None
                        else:
                            value, quick = collector._returned(value), False
                        # No ResultList: it is made when somebody asks. All have the same keys.
                        results, keys = value, collector._keys
                        # The next event may be long in coming: keep nothing of this one till then.
                        run = value = None
                except BaseException as exc:
                    # These two must not be raised in here: an eager task raises them in its
                    # creator. They are passed on from where nothing is left half done.
                    leave = isinstance(exc, KeyboardInterrupt | SystemExit | GeneratorExit)
                    if leave and run is not None:
                        run.close()  # see `watched`
                    run = None
                    # In the sender's context, if it is here: a log line tells whose it is.
                    results, keys = (
                        within.run(self._raised, exc) if within is not None else self._raised(exc)
                    )
                    quick = False
                if mark is not None:
                    if attendance.timing and within is not None:  # else `serve` has told it
                        taken = time() - began
                        self.interrupt = attendance.tell_time(collector, taken) or self.interrupt
                        quick = quick and self.interrupt is None
                    if not mark.at_end:
                        mark.at_end = ()  # a thread that asks from now on is told it has ended
                    else:
                        self.ends(within)  # what is called at the end is not its doing
                        self.interrupt, quick = mark.end(within or context) or self.interrupt, False
                        watch.mark = time()
                now = time()
                if now - watch.mark > BLOCKED:
                    self.ends(within)
                watch.mark = now
                if quick and not (
                    waits_for_all
                    or event._results is not None
                    or consumers.cut_off is not None
                    or (not plain and attendance.outside)
                ):
                    # As `Consumers.finish` does it for Oks that nobody waits for. The results
                    # come before the count, with nothing in between that an interrupt could
                    # strike, and after its keys and its time: who sees them in another thread
                    # sees the rest.
                    if now >= tally.second_ends:
                        tally.tick(now)
                    event._keys = keys
                    event.finished_at = now
                    event._results = results
                    tally.finished += 1
                    add_times((event.accepted_at, began, now))
                    if within is not None:
                        event._context = None  # as `forget` does it
                    if marks:
                        attendance.forget(event)
                else:
                    consumers.finish(event, results, keys, now, self.interrupt)
                    # Or a shutdown has given this consumer up. Only here: what does either has its
                    # event come this way.
                    leave = leave or strayed or self.interrupt is not None or self.event is None
                # An Error's traceback leads back to this frame. If this frame led on to the Error,
                # or to the context it was sent in, all that would be a cycle: see `failed`.
                del event, results
                if within is not None:  # what was set in there is nobody else's to see
                    within = waits_for = None
                else:
                    try:  # as `changed` does it
                        leave = leave or copy_context() != context
                    except Exception:  # values that cannot be compared, such as arrays
                        leave = True
                if resumed := self.resumed:
                    self.resumed = False
                    if attendance.hooks.loop_turn:
                        watch.slice.over(now)  # it opens, for this turn to be told of too
                if (
                    leave  # the next event must not see what was set in a context variable
                    or task.cancelling()  # the processor cancelled its task: not the next one's
                    or (told_apart is not None and told_apart(context))
                    or watch.resting
                    or consumers.crowded
                ):
                    return
                if mark is not None:  # it is that of this event, and of no other
                    mark.event = None
                    mark = None
                # Where the processor waited, this turn of the loop is young: with the next event at
                # once, whatever the time and without a new task, short sleeps are twice as fast.
                if not resumed and now >= watch.slice.end and watch.slice.over(now):
                    return
        except BaseException as exc:  # the stop button struck the engine itself
            consumers.struck(self, exc)
            raise
        finally:
            try:
                consumers.leave(self)
                if mark is not None:  # a task that a processor has left behind may keep it for long
                    mark.event = None
            except BaseException:  # struck here: it has left when all of this was done
                consumers.leave(self)
                consumers.mend()
                raise

    def take_nothing(self) -> None:
        """Forget the event and all that came of it."""
        self.task = self.event = self.chosen = self.collector = None
        self.dispatch = self.interrupt = self.so_far = None
        self.resumed = False

    def may_reach(self, collector: Collector) -> bool:
        """Whether the event in service goes to a collector, or whether nobody can tell."""
        return self.chosen is None or collector in self.chosen

    def awaited(self) -> list[asyncio.Future[Any]]:
        """The futures of those who wait for the event in service, among others."""
        return [] if self.event is None else self._consumers.waiters_of(self.event)

    def runs_in(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether the event in service is processed in this task."""
        return outermost(task) is self.task

    def cancel(self, *, anew: bool = True) -> None:
        """Cancel the processors that are at work on the event; or those that are not, already.

        Where the loop ends, somebody else cancels all tasks. A second time would break off what a
        processor does to end in good order.
        """
        if self.dispatch is not None:
            self.dispatch.cancel(anew=anew)
        if self.task is not None and (anew or not self.task.cancelling()):
            self.task.cancel()
