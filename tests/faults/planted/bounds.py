"""Faults in the limits of a queue that are changed, and in sending many payloads or waiting."""

from tests.faults.fault import Fault

FAULTS = (
    # How many consumers
    Fault(
        "consumers at work take more events though there are more than a lowered max_consumers",
        "consumers:Consumers.limit",
        find="self.crowded = len(self.active) > limits[1]",
        put="self.crowded = False",
        tests="limits",
    ),
    Fault(
        "one consumer leaves after max_consumers was lowered, and the others stay",
        "consumers:Consumers.leave",
        find="self.crowded = len(self.active) > self.limits[1]",
        put="self.crowded = False",
        tests="limits",
    ),
    Fault(
        "a higher max_consumers is heeded when the next event is sent",
        "consumers:Consumers.limit",
        find="self.start_if_needed()",
        put="pass",
        tests="limits",
    ),
    Fault(
        "limits that are set while the queue does not run are forgotten",
        "consumers:Consumers.limit",
        find="self.limits = limits",
        put="self.limits = limits if self.accepting else self.limits",
        tests="limits",
    ),
    Fault(
        "limits are changed though one of them is wrong",
        "event_collector.queue:CollectorQueue.set_limits",
        find="limits, most = _check.limits(low, high), _check.bound(most)",
        put="limits = self._consumers.limits = _check.limits(low, high)\n"
        "        most = _check.bound(most)",
        tests="limits",
    ),
    Fault(
        "limits may be changed from another thread",
        "event_collector.queue:CollectorQueue.set_limits",
        find='self._lifespan.check_place("set_limits")',
        put="pass",
        tests="limits",
    ),
    # How many are queued
    Fault(
        "a bound that is not given is lifted",
        "event_collector.queue:CollectorQueue.set_limits",
        find="self.max_queued if max_queued is KEEP",
        put="None if max_queued is KEEP",
        tests="limits",
    ),
    Fault(
        "a bound that was changed while the queue ran is forgotten when it is started again",
        "queued:Queued.bound",
        find="self.max_queued = max_queued",
        put="self.max_queued = self.max_queued if running else max_queued",
        tests="limits",
    ),
    Fault(
        "senders who wait are let go by a lower bound",
        "queued:Queued.bound",
        find="self.room.let_go(len(self))",
        put="self.room.let_go(0)",
        tests="limits",
    ),
    Fault(
        "senders who wait are not let go by a higher bound",
        "queued:Queued.bound",
        find="self.room.let_go(len(self))",
        put="pass",
        tests="limits",
    ),
    Fault(
        "senders who wait are not let go when the bound is lifted",
        "queued:Queued.bound",
        find="self.room.lift()",
        put="pass",
        tests="limits",
    ),
    Fault(
        "senders are never let go where a bound was set on a running queue",
        "queued:Queued.bound",
        find="self.replan()",
        put="pass",
        tests="limits",
    ),
    # Sending many
    Fault(
        "send_all has one more queued than max_queued",
        "publisher:_Many.send",
        find="room.full(len(queued))",
        put="room.full(len(queued) - 1)",
        tests="send_all",
    ),
    Fault(
        "several that send many have more queued than max_queued",
        "_core.waiting:Room.place",
        find="len(queued) + self._coming >= self.limit",
        put="len(queued) >= self.limit",
        tests="waiting send_all",
    ),
    Fault(
        "who is cancelled in send_all as it gets a place takes the place along",
        "_core.waiting:Room.place",
        find="self._coming -= 1\n                    self.let_go",
        put="self.let_go",
        tests="waiting send_all_ends",
    ),
    Fault(
        "who is cancelled in send_all as it gets a place leaves the next one waiting",
        "_core.waiting:Room.place",
        find="self.let_go(len(queued))",
        put="pass",
        tests="waiting send_all_ends",
    ),
    Fault(
        "send_all that is cancelled does not count the payload accepted last",
        "publisher:_Many.send",
        find="self.accepted += consumers.tally.accepted > before",
        put="self.accepted = len(self.events)",
        tests="send_all_ends",
    ),
    Fault(
        "send_all that ends early does not say how many payloads were accepted",
        "publisher:EventPublisher.send_all",
        find="exc.add_note(",
        put="str(",
        tests="send_all_ends",
    ),
    Fault(
        "send_all sends a part of a list before it finds a wrong payload in it",
        "publisher:_Many.begin",
        find="if isinstance(payloads, Sequence):",
        put="if False:",
        tests="send_all_ends",
    ),
    Fault(
        "send_all tells of its progress at every payload",
        "publisher:_Many.send",
        find=">= self.EVERY",
        put=">= 0",
        tests="send_all",
    ),
    Fault(
        "send_all does not tell of its progress at the end",
        "publisher:EventPublisher.send_all",
        find="sender.tell()",
        put="pass",
        tests="send_all",
    ),
    Fault(
        "send_all that waits for room outlasts a shutdown",
        "consumers:Consumers.close",
        find="self.queued.room.send_away()",
        put="pass",
        tests="send_all_ends",
    ),
    # Waiting in one go
    Fault(
        "who sends and waits for the results does not wait for room",
        "publisher:Sending.wait",
        find="await self\n        return await self.event.wait()",
        put="return await self.event.wait()",
        tests="send_all_ends",
    ),
)
