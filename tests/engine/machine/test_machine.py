"""Nothing is lost, whatever processors, senders and waiters do: generated runs of the machine."""

from hypothesis import given, settings

from tests.engine.machine import play
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import passing, pausing, plans, sending, waiting

LAWS = settings(max_examples=600, deadline=None, database=None)


@given(plans(sending, sending, sending, sending, waiting, passing, passing))
@LAWS
def test_every_event_is_accounted_for(plan: Plan) -> None:
    """Decisions 8, 14 to 18: one ResultList each, by each matching collector once, and all woke."""
    play(plan)


@given(plans(sending, sending, sending, pausing, pausing, waiting, passing, passing))
@LAWS
def test_a_paused_queue_takes_what_it_may(plan: Plan) -> None:
    """Pause, resume and step: no event beyond the steps allowed, and none lost on the way."""
    play(plan)
