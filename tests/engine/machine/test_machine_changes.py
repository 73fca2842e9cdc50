"""Nothing is lost while collectors come and go and the queue stops: generated runs."""

from hypothesis import given, settings

from tests.engine.machine import play
from tests.engine.machine.plan import Plan
from tests.engine.machine.plans import (
    changing,
    passing,
    pausing,
    plans,
    sending,
    stopping,
    waiting,
)

LAWS = settings(max_examples=600, deadline=None, database=None)


@given(plans(sending, sending, sending, changing, changing, passing, waiting))
@LAWS
def test_collectors_come_and_go(plan: Plan) -> None:
    """Decisions 16, 18, 19, 27: each event to those of its moment, each lifecycle left once."""
    play(plan)


@given(plans(sending, sending, sending, stopping, changing, pausing, waiting, passing, passing))
@LAWS
def test_a_queue_is_shut_down_and_started_again(plan: Plan) -> None:
    """Decisions 14 to 19: drained or cut off, again and again, with all else going on."""
    play(plan)
