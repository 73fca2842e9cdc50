"""Faults in what a service that runs for long rests on: its log, what is freed, depth, claims."""

from tests.faults.fault import Fault

FAULTS = (
    # The line of metrics in the log
    Fault(
        "an idle queue goes on writing lines of metrics",
        "reporter:Reporter._report",
        find="if (now.accepted, now.finished) == self._told:",
        put="if False:",
        tests="reporter",
    ),
    Fault(
        "what happens in the second after the last line of metrics is not told",
        "reporter:Reporter._tick",
        find="consumers.tally.second_ends = -inf",
        put="pass",
        tests="reporter",
    ),
    Fault(
        "what happened last before a shutdown is missing in the log",
        "reporter:Reporter.end",
        find="self._report()",
        put="pass",
        tests="reporter",
    ),
    Fault(
        "lines of metrics come one for each event",
        "reporter:Reporter.wake",
        find="now + self._interval",
        put="now",
        tests="reporter",
    ),
    # What is freed at once
    Fault(
        "unwrap leaves a cycle from the exception to its Error",
        "results:Error.unwrap",
        find="del self",
        put="pass",
        tests="freed_waiting",
    ),
    Fault(
        "an interrupt of a waiter's own event keeps its frame",
        "pump:Pump.start_for",
        find="del interrupt",
        put="pass",
        tests="freed",
    ),
    # Queues that wait for each other
    Fault(
        "a chain of queues uses up the stack",
        "pump:Pump.start_for",
        find="depth < NESTED and not _too_deep()",
        put="True",
        tests="deep",
    ),
    Fault(
        "a consumer that had no stack left holds its place for ever",
        "pump:Pump.start",
        find="self.fallen.append((consumer, task.exception()))",
        put="pass",
        tests="deep",
    ),
    # What queues share
    Fault(
        "a collector with max_concurrency is in the queues of two loops",
        "limiter:Limiter.claim",
        find="return False",
        put="pass",
        tests="shared",
    ),
    Fault(
        "a collector is free for another loop while one of two queues still has it",
        "limiter:Limiter.claim",
        find="self._claims += 1",
        put="self._claims = 1",
        tests="shared",
    ),
    Fault(
        "a collector is never free again for another loop",
        "limiter:Limiter.release",
        find="self._claims -= 1",
        put="pass",
        tests="shared",
    ),
    Fault(
        "a collector that a closed loop has left can be used nowhere",
        "limiter:Limiter.claim",
        find=" and not self._claimed.is_closed()",
        put="",
        tests="shared",
    ),
    # One collector, in its sender's context
    Fault(
        "a carried processor's first step runs in the queue's context",
        "consumer:Consumer.work",
        find="waits_for = within.run(run.send, None)",
        put="waits_for = run.send(None)",
        tests="carry_context",
    ),
    Fault(
        "a carried processor's later steps run in the queue's context",
        "consumer:Consumer.work",
        find="watched(run, self, within, waits_for)",
        put="watched(run, self, context, waits_for)",
        tests="carry_context",
    ),
    Fault(
        "a carried processor does not know its event",
        "consumer:Consumer.work",
        find="within.run(IN_SERVICE.set, mark)",
        put="pass",
        tests="whereabouts carry_context",
    ),
    Fault(
        "an event that is done keeps its sender's context",
        "consumer:Consumer.work",
        find="event._context = None",
        put="pass",
        tests="carry_context freed",
    ),
    Fault(
        "a carried processor that fails is logged in the queue's context",
        "consumer:Consumer.work",
        find="within.run(self._raised, exc) if within is not None else self._raised(exc)",
        put="self._raised(exc)",
        tests="carry_context",
    ),
    Fault(
        "a line of metrics that is due in a closed loop keeps its events from being done",
        "reporter:Reporter.wake",
        find="if consumers is None or consumers.loop.is_closed():",
        put="if consumers is None:",
        tests="dead_loops",
    ),
    Fault(
        "a context is closed under processors when the loop ends while a shutdown drains",
        "shutdown:Ending._drain",
        find="self._deadline = None",
        put="pass",
        tests="contexts_at_ends",
    ),
)
