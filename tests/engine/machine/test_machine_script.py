"""A run of the machine that fails is printed as a script that repeats it."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from event_collector import SimpleRouter
from event_collector._core.limiter import Limiter
from tests.engine.machine import play
from tests.engine.machine.plan import Doing, Place, Plan, Send, Turns, script
from tests.engine.machine.plans import passing, plans, sending

ROOT = Path(__file__).parents[3]

FAULTS = {
    "the last collector is left out": """
from event_collector import SimpleRouter
route = SimpleRouter.route
SimpleRouter.route = lambda self, payload: route(self, payload)[:-1]
""",
    "max_concurrency is ignored": """
from event_collector._core.limiter import Limiter
Limiter.full = property(lambda self: False)
""",
}


def outcome_of(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the project's folder."""
    return subprocess.run(
        [sys.executable, "-"], input=program, cwd=ROOT, text=True, capture_output=True, check=False
    )


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_failure_is_printed_as_a_script_that_repeats_it(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an engine with a fault it fails alike, in a process of its own; without, it passes."""
    monkeypatch.setattr(SimpleRouter, "route", SimpleRouter.route)  # to be put back in the end
    monkeypatch.setattr(Limiter, "full", Limiter.full)
    exec(fault, {})

    @given(plans(sending, sending, sending, passing))
    @settings(
        max_examples=1000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    def law(plan: Plan) -> None:
        play(plan)

    with pytest.raises(AssertionError) as failure:
        law()
    printed = failure.value.__notes__[0]
    repeated = outcome_of(fault + printed)
    assert repeated.returncode == 1
    assert f"AssertionError: {failure.value}" in repeated.stderr
    sound = outcome_of(printed)
    assert (sound.returncode, sound.stderr) == (0, "")


def test_a_script_leaves_out_what_is_as_usual() -> None:
    """A reader of a failure sees what matters, and nothing else."""
    plan = Plan((Place("a"),), (Send(does={"a": Doing(then="raise")}), Turns(2)), max_consumers=3)
    made = script(plan)
    assert made.splitlines()[-11:] == [
        "plan = Plan(",
        "    collectors=(",
        "        Place(key='a'),",
        "    ),",
        "    steps=(",
        "        Send(does={'a': Doing(then='raise')}),",
        "        Turns(n=2),",
        "    ),",
        "    max_consumers=3,",
        ")",
        "play(plan)",
    ]
    names: dict[str, object] = {}
    exec(made.replace("play(plan)", ""), names)
    assert names["plan"] == plan
