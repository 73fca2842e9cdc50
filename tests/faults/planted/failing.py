"""Faults with lifecycles that take too long or fail, and with who waits for himself."""

from tests.faults.fault import Fault

FAULTS = (
    # Time limits of lifecycles, and those that end by themselves
    Fault(
        "a lifecycle has no time limit",
        "lifecycles:OpenLifecycle.leave",
        find="await see_out([task], self._limit)",
        put="await see_out([task], None)",
        tests="lifecycle_limits lifecycles_ended",
    ),
    Fault(
        "the context of a lifecycle that was given up is used again",
        "lifecycles:OpenLifecycle._break_off",
        find="give_up(self.collector.ctx, task)",
        put="pass",
        tests="lifecycle_limits lifecycles_ended",
    ),
    Fault(
        "payloads go on into the context of a lifecycle that has ended",
        "membership:Membership._ended",
        find="collector._end(self._consumers.attendance, ended)",
        put="pass",
        tests="lifecycle_limits lifecycles_ended",
    ),
    Fault(
        "a lifecycle that fails is torn down without a limit",
        "lifecycles:OpenLifecycle._see_it_end",
        find="await see_out([task], self._limit)",
        put="await see_out([task], None)",
        tests="lifecycles_failing",
    ),
    Fault(
        "what a lifecycle failed with is told when it is torn down, if it ever is",
        "lifecycles:OpenLifecycle._tear_down",
        find="self._ended(self.collector, self._handled, True)",
        put="pass",
        tests="lifecycles_failing",
    ),
    Fault(
        "a settled queue has a lifecycle that is torn down",
        "lifecycles:OpenLifecycle._see_it_end",
        find='with self._slowly("left"):',
        put="if True:",
        tests="lifecycles_failing",
    ),
    Fault(
        "a task of a lifecycle that takes its own collector out waits for ever",
        "membership:Membership._for_itself",
        find="if not consumers and lifecycle is not None and lifecycle.waits_for(task, late=late):",
        put="if False:",
        tests="waits_for_its_own",
    ),
    Fault(
        "a task of a lifecycle waits for the shutdown that waits for it",
        "lifecycles:OpenLifecycle.waits_for",
        find="return not calls_only(task) or self._task in awaiting(task)",
        put="return False",
        tests="waits_for_its_own",
    ),
    Fault(
        "a task that only asks for a shutdown is refused",
        "whereabouts:calls_only",
        find="return code is not None and is_own(code)",
        put="return False",
        tests="waits_for_its_own",
    ),
    Fault(
        "a task that a processor awaits waits for that processor",
        "whereabouts:consumers_for",
        find="here is not None and here.watch is watch and",
        put="False and",
        tests="waits_for_its_own",
    ),
    Fault(
        "a task that a processor starts and leaves may not shut the queue down",
        "whereabouts:_is_waited_for",
        find="consumers_in(waits, active, watch) or (",
        put="True or (",
        tests="waits_for_its_own",
    ),
    Fault(
        "a processor that gathers a task waits for itself",
        "awaiting:_behind",
        find='!= "asyncio.tasks":',
        put='!= "":',
        tests="waits_for_its_own",
    ),
)
