"""Faults in the consumers: how many there are, what each takes, what strikes them."""

from tests.faults.fault import Fault
from tests.notebooks.course import CONSUMERS

FAULTS = (
    # The pump
    Fault(
        "one event more than max_consumers is in service",
        "pump:Pump.start",
        find="len(active) < self.limits[1]",
        put="len(active) <= self.limits[1]",
        tests="consumers",
        notebook=CONSUMERS,
    ),
    Fault(
        "max_consumers is ignored",
        "pump:Pump.start",
        find="len(active) < self.limits[1] and ",
        put="",
        tests="consumers",
        notebook=CONSUMERS,
    ),
    Fault(
        "there is never more than one consumer",
        "pump:Pump.start",
        find="self.limits[1]",
        put="1",
        tests="consumers",
        notebook=CONSUMERS,
    ),
    Fault(
        "two consumers at work have the same number",
        "pump:Pump.start",
        find="heappop(free) if free else len(active) + 1",
        put="len(active) + 1",
        tests="consumers",
    ),
    Fault(
        "the pump does not come back after its slice of time",
        "pump:Pump.start",
        find=(
            "if not self.scheduled:\n                        self.start_soon()\n"
            "                    break"
        ),
        put="break",
        tests="slices watch consumers",
    ),
    Fault(
        "a consumer that ends leaves the queued events where they are",
        "consumers:Consumers.leave",
        find="self.pumping or self.loop.is_closed()",
        put="self.interrupt is None",
        tests="consumers",
    ),
    Fault(
        "a flood of events keeps the loop to itself",
        "consumer:Consumer.work",
        find="now >= watch.slice.end and watch.slice.over(now)",
        put="False",
        tests="consumers",
    ),
    Fault(
        "a slice of time never ends",
        "slices:TimeSlice.over",
        find="return now >= self.end",
        put="return False",
        tests="waiting",
    ),
    # From one event to the next
    Fault(
        "a processor's exception ends the consumer",
        "consumer:Consumer.work",
        find="except BaseException as exc:",
        put="except asyncio.CancelledError as exc:",
        tests="consumer",
    ),
    Fault(
        "a cancellation hits the next event of the consumer too",
        "consumer:Consumer.work",
        find="task.cancelling()",
        put="False",
        tests="consumer",
    ),
    Fault(
        "a context variable that a processor sets is seen by the next event",
        "consumer:Consumer.work",
        find="leave or copy_context() != context",
        put="leave",
        tests="consumers",
    ),
    Fault(
        "a context variable that a processor sets to an equal value is seen by the next event",
        "watch:replaced",
        find=" or any(now[each] is not value for each, value in context.items())",
        put="",
        tests="consumers",
    ),
    Fault(
        "a context variable that a processor sets is seen by all later consumers",
        "pump:Pump.start",
        find="context.copy()",
        put="context",
        tests="consumers event",
    ),
    Fault(
        "a result is kept while its consumer serves the next event",
        "consumer:Consumer.work",
        find="del run, value",
        put="pass",
        tests="freed",
    ),
    Fault(
        "a consumer of a loop that has ended works in the next one",
        "pump:Pump.start_in",
        find="self.spare.clear()",
        put="pass",
        tests="lifespan",
    ),
    Fault(
        "a queue cannot be started again if somebody waited for all in a loop that has ended",
        "consumers:Consumers.forsake",
        find="self.barriers = Barriers()",
        put="pass",
        tests="lifespan",
    ),
    Fault(
        "a task left behind keeps an event alive whose consumer leaves with it",
        "consumer:Consumer.work",
        find="keep it for long\n                mark.event = None",
        put="keep it\n                pass",
        tests="freed",
    ),
    # Interrupts
    Fault(
        "a KeyboardInterrupt in a processor is swallowed",
        "consumer:Consumer._raised",
        find="self.interrupt = exc",
        put="pass",
        tests="interrupts",
    ),
    Fault(
        "a KeyboardInterrupt that nobody waits for is swallowed",
        "pump:Pump.raise_interrupt",
        find="raise interrupt",
        put="return",
        tests="interrupts",
    ),
    Fault(
        "an interrupt is lost if the one that it was passed on to is cancelled",
        "consumers:Consumers.wait_for",
        find="if waiter.done() and not waiter.cancelled() and waiter.exception():",
        put="if False:",
        tests="interrupts",
    ),
    Fault(
        "an event is lost if the stop button strikes between its processor and its result",
        "consumers:Consumers.leave",
        find="self.finish(event, *consumer.all_failed(exc), self.time())",
        put="pass",
        tests="interrupts",
    ),
    Fault(
        "who waits for an event that is struck as it ends is not woken",
        "consumers:Consumers.leave",
        find="event._wake(None)",
        put="pass",
        tests="interrupts_of_ends",
    ),
    Fault(
        "a start that is struck when its lifecycles are open leaves them open",
        "lifespan:Lifespan._start",
        find="await self._members.close()",
        put="pass",
        tests="interrupts_of_ends",
    ),
    Fault(
        "a shutdown that is struck is left half done",
        "lifespan:Lifespan._stop",
        find="await self._end(ending)",
        put="pass",
        tests="interrupts_of_ends",
    ),
    Fault(
        "what wakes others is done where no stack is left to wake them in",
        "pump:_too_deep",
        find="is not None",
        put="is ...",
        tests="deep",
    ),
    # Who holds the loop
    Fault(
        "a processor that runs long in the loop is not named",
        "consumer:Consumer.work",
        find="self.ends(within)",
        put="pass",
        tests="watch",
    ),
    Fault(
        "a processor that runs long before it first waits is not named",
        "watch:Runner.ends",
        find="self.report_blocking(now)",
        put="pass",
        tests="watch",
    ),
    Fault(
        "a processor that blocks the loop before it asks another collector is not named",
        "watch:Watch.begins",
        find="runner.report_blocking(now)",
        put="pass",
        tests="watch",
    ),
)
