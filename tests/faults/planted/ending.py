"""Faults where something is broken off: by the stop button, a closed loop, or a cancellation."""

from tests.faults.fault import Fault

FAULTS = (
    # The mark of a lifecycle that has ended by itself
    Fault(
        "a lifecycle that has ended in one queue gives Errors in another",
        "dead:Dead.among",
        find="self.in_queues.get(queue)",
        put="next(iter(self.in_queues.values()), None)",
        tests="lifecycles_in_two_queues",
    ),
    Fault(
        "a collector whose lifecycle has failed is never used again",
        "membership:Membership._enter",
        find="collector._end(self._consumers.attendance, None)",
        put="pass",
        tests="lifecycles_ended",
    ),
    Fault(
        "a payload that waits for a place is processed though the lifecycle has failed",
        "event_collector.collector:Collector._in_time",
        find="self._dead.in_queues and (dead := self._dead.here())",
        put="False and (dead := self._dead.here())",
        tests="lifecycles_ended",
    ),
    # What the stop button strikes
    Fault(
        "a start or shutdown that is struck before its first step is waited for by the next one",
        "undertaking:Turns.take",
        find="self._last is turn and turn.never_began",
        put="False",
        tests="struck_ends",
    ),
    Fault(
        "a shutdown that is struck before it is about its work is never made",
        "undertaking:Turns.last",
        find="self._last is not None and self._last.over.done()",
        put="False",
        tests="struck_ends",
    ),
    Fault(
        "a lifecycle that was struck as it was entered stays open",
        "membership:Membership._enter",
        find="await lifecycle.undo()",
        put="pass",
        tests="struck_ends",
    ),
    Fault(
        "what waits for a processor's end is not called if the end is struck",
        "attendance:Attendance.serve",
        find="except (KeyboardInterrupt, SystemExit) as exc:  # struck",
        put="except ZeroDivisionError as exc:  # struck",
        tests="struck_ends",
    ),
    # What a closed loop has left behind
    Fault(
        "what a closed loop has left behind shuts the queue down in another one",
        "undertaking:closed_over",
        find="isinstance(sys.exception(), GeneratorExit)",
        put="False",
        tests="dead_loops_collected",
    ),
    Fault(
        "the walkers of a closed loop are kept for ever",
        "dispatch:forget_closed_loops",
        find="walker.get_loop().is_closed()",
        put="False",
        tests="freed_cut_off",
    ),
    Fault(
        "the changes of a closed loop are kept for ever",
        "undertaking:forget_closed_loops",
        find="task.get_loop().is_closed()",
        put="False",
        tests="freed_cut_off",
    ),
    # What is cancelled
    Fault(
        "a router that is cancelled goes on to the next collector",
        "cut_off:cancelled_since",
        find="cancelling() > before",
        put="False",
        tests="collector",
    ),
    Fault(
        "an event that a shutdown gives up is kept by what it has to do with",
        "dispatch:Dispatch.take_results",
        find="self.results, self.event = _NOWHERE, None",
        put="self.event = None",
        tests="freed_cut_off",
    ),
    Fault(
        "an event whose processor was cancelled is kept by what was thrown into it",
        "watch:watched",
        find="waits_for = steps.throw(_without_this_frame(exc))",
        put="waits_for = (lambda exc: steps.throw(exc))(_without_this_frame(exc))",
        tests="freed_cut_off",
    ),
    Fault(
        "events of a full collector that are cut off are kept by its line",
        "parked:Parked._close",
        find="lane.waiting = []",
        put="lane.own = lane",
        tests="freed_cut_off",
    ),
    Fault(
        "a payload that a thread could not send is kept by the error that says so",
        "outside:Call.wait",
        find="del fault, self",
        put="pass",
        tests="freed_cut_off",
    ),
)
