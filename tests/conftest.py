"""For all tests: no test has a deadline, since a busy machine is not a fault of the code.

The environment variable LOOP chooses in what loops they run: "eager" for asyncio's with its eager
task factory, "uvloop" for uvloop's, else asyncio's own.
"""

import asyncio

import pytest
from hypothesis import settings

from tests.support import LOOP, eager_loop

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class Chosen(asyncio.DefaultEventLoopPolicy):
    """Makes the loops that LOOP asks for, wherever a test has one made."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        if LOOP == "eager":
            return eager_loop(super().new_event_loop())
        import uvloop

        return uvloop.new_event_loop()


ELSEWHERE = {
    "eager": {
        "test_one_of_several_waiters_gets_the_interrupt": (
            "a waiter in an eager task is the first to wait, and its interrupt ends the loop"
        ),
        "AtOnce-fails": "the router's own frame starts the eager task in which a processor raises",
        "AtOnce-returns_error": "the same, and the Error's traceback keeps what that frame holds",
        "test_a_bound_holds_while_paused": "each eager sender finds room before the next has sent",
        "test_a_bounded_queue_counts_what_waits_for_a_place": "the same",
    },
    "uvloop": {},
}
"""Parts of the names of tests that cannot hold in the loops of LOOP, and why."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot hold in the loops that LOOP asks for."""
    for item in items:
        for part, why in ELSEWHERE.get(LOOP, {}).items():
            if part in item.name:
                item.add_marker(pytest.mark.skip(reason=why))


if LOOP:
    assert LOOP in ("eager", "uvloop"), f"LOOP is {LOOP!r}, not eager or uvloop"
    asyncio.set_event_loop_policy(Chosen())
