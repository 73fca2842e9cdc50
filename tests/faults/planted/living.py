"""Faults in the lifespan of a queue: lifecycles, changes of collectors, settling, shutdown."""

from tests.faults.fault import Fault
from tests.notebooks.course import CONTEXT, RUNNING

FAULTS = (
    # Lifecycles
    Fault(
        "lifecycles are never left",
        "membership:Membership._leave",
        find="await lifecycle.leave()",
        put="pass",
        tests="lifecycles",
        notebook=CONTEXT,
    ),
    Fault(
        "lifecycles are left in the order of entering",
        "membership:Membership._leave_all",
        find="next(reversed(self._open))",
        put="next(iter(self._open))",
        tests="lifecycles",
        notebook=CONTEXT,
    ),
    Fault(
        "lifecycles that were entered stay open when a start fails",
        "membership:Membership.open",
        find="await self._leave_all()",
        put="[]",
        tests="lifecycles",
        notebook=CONTEXT,
    ),
    Fault(
        "a lifecycle is never entered",
        "lifecycles:OpenLifecycle.enter",
        find="if self.collector.lifecycle is None:",
        put="if True:",
        tests="lifecycles",
        notebook=CONTEXT,
    ),
    Fault(
        "a lifecycle is entered anew for every payload",
        "collector:Collector.__init__",
        find="self._waits = ",
        put=(
            "if lifecycle is not None:\n"
            "            async def run(payload: Any, ctx: Any) -> Any:\n"
            "                async with lifecycle(ctx):\n"
            "                    return await processor(payload, ctx)\n"
            "            self._run = run\n"
            "        self._waits = "
        ),
        tests="lifecycles",
        notebook=CONTEXT,
    ),
    Fault(
        "collectors share one context",
        "collector:Collector.__init__",
        find="Context() if ctx is None else ctx",
        put='globals().setdefault("_shared", ctx or Context())',
        tests="collector",
        notebook=CONTEXT,
    ),
    Fault(
        "a lifecycle that raises keeps the others open",
        "membership:Membership._leave_all",
        find="errors.append(exc)",
        put=("errors.append(exc)\n                break"),
        tests="lifecycles",
    ),
    Fault(
        "a lifecycle is left as soon as it is entered",
        "lifecycles:OpenLifecycle._hold",
        find="await stop",
        put="pass",
        tests="lifecycles",
    ),
    Fault(
        "a lifecycle that swallows a cancelled start stays open",
        "lifecycles:OpenLifecycle.enter",
        find="self._stop.set_result(None)",
        put="pass",
        tests="lifecycles lifespan",
    ),
    # Changes
    Fault(
        "a removed collector's lifecycle is left while it is at work",
        "membership:Membership._leave_when_unused",
        find="await self._consumers.wait_until_unused(collector)",
        put="pass",
        tests="membership",
    ),
    Fault(
        "a replaced collector's lifecycle stays open until the shutdown",
        "membership:Membership.replace",
        find="await self._retire(old)",
        put="pass",
        tests="membership",
    ),
    Fault(
        "a collector can be added while the queue shuts down",
        "membership:Membership._bring_in",
        find="if self._closing:",
        put="if False:",
        tests="membership membership_races",
    ),
    # Settling
    Fault(
        "settling does not wait for events that are sent meanwhile",
        "inspection:settle",
        find="while tally.finished < tally.accepted:",
        put="if tally.finished < tally.accepted:",
        tests="settling",
    ),
    Fault(
        "settling ends unsettled before its time",
        "inspection:settle",
        find="asyncio.timeout(timeout)",
        put="asyncio.timeout(timeout / 2)",
        tests="settling",
    ),
    Fault(
        "settling ends after its time",
        "inspection:settle",
        find="asyncio.timeout(timeout)",
        put="asyncio.timeout(timeout * 2)",
        tests="settling",
    ),
    Fault(
        "a queue with something stuck is called settled",
        "inspection:report",
        find="consumers.tally.finished == consumers.tally.accepted",
        put="True",
        tests="settling",
    ),
    Fault(
        "who has an event is not told where a custom router gives it away in tasks of its own",
        "inspection:_at_work",
        find="yield from children",
        put="yield from ()",
        tests="inspection",
    ),
    # Shutdown
    Fault(
        "a shutdown drops what is queued",
        "shutdown:drain",
        find="asyncio.timeout(timeout)",
        put="asyncio.timeout(0)",
        tests="shutdown",
        notebook=RUNNING,
    ),
    Fault(
        "a shutdown does not wait for what was accepted",
        "shutdown:drain",
        find="await consumers.wait_for_all()",
        put="pass",
        tests="shutdown",
    ),
    Fault(
        "the end of 'async with' does not shut the queue down",
        "event_collector.queue:CollectorQueue.__aexit__",
        find="await self.shut_down_queue()",
        put="pass",
        tests="queue",
        notebook=RUNNING,
    ),
    Fault(
        "payloads are accepted while the queue shuts down, and get lost",
        "consumers:Consumers.close",
        find="self.open_to = CLOSED",
        put="pass",
        tests="shutdown publisher lifespan",
        notebook=RUNNING,
    ),
    Fault(
        "whoever cancels a shutdown is not told",
        "shutdown:drain",
        find="return cancelled",
        put="return None",
        tests="shutdown",
    ),
    Fault(
        "a queue cannot be started again",
        "lifespan:Lifespan.start",
        find="if self.state is State.RUNNING:",
        put="if self.state is not State.NEW:",
        tests="queue",
        notebook=RUNNING,
    ),
    Fault(
        "a queue that is started again is closed by its last forced shutdown",
        "consumers:Consumers.open",
        find="self.cut_off = None",
        put="pass",
        tests="shutdown queue lifespan",
    ),
    Fault(
        "events that an ended loop left behind are forgotten",
        "consumers:Consumers.forsake",
        find="*self.queued.close()",
        put="*self.queued.close()[:0]",
        tests="shutdown lifespan",
    ),
    # Forced shutdown
    Fault(
        "a forced shutdown does not cancel the processors",
        "consumers:Consumers.cut_off_all",
        find="consumer.cancel()",
        put="pass",
        tests="shutdown",
        notebook=RUNNING,
    ),
    Fault(
        "a forced shutdown leaves what is queued undone",
        "consumers:Consumers.cut_off_all",
        find="self.finish(event, Error(cut_off), (None,), self.time())",
        put="pass",
        tests="shutdown",
        notebook=RUNNING,
    ),
    Fault(
        "an event is forgotten at a forced shutdown",
        "consumers:Consumers.cut_off_all",
        find="self.queued.take_all()",
        put="self.queued.take_all()[1:]",
        tests="shutdown",
    ),
    Fault(
        "a sender that waits for room outlasts a forced shutdown",
        "queued:Queued.take_all",
        find="self.room.let_go(0)",
        put="pass",
        tests="shutdown publisher",
    ),
    Fault(
        "a forced shutdown cancels one of an event's processors only",
        "consumer:Consumer.cancel",
        find="self.dispatch.cancel()",
        put="pass",
        tests="shutdown dispatch",
    ),
    Fault(
        "a processor that does not let itself be cancelled keeps its event for ever",
        "shutdown:_cut",
        find="consumers.abandon(consumer, _tell)",
        put="pass",
        tests="shutdown",
    ),
    Fault(
        "an event that a forced shutdown cut off says that it was cancelled",
        "cut_off:_cut_off",
        find="Error(cut_off) if cancelled else result",
        put="result",
        tests="shutdown",
    ),
    Fault(
        "a history keeps its queue alive",
        "history:History.__init__",
        find="self._queue = weakref.ref(queue)",
        put="self._queue = lambda: queue",
        tests="history",
    ),
)
