"""Some random programs keep the laws. `python -m tests.fuzz 1200` plays thousands."""

import time

import pytest

from tests.fuzz.playing import LOOPS, look_back, play
from tests.fuzz.world import World


@pytest.mark.parametrize("loop", LOOPS)
def test_random_programs_keep_the_laws(loop: str) -> None:
    """Decisions 14 to 16, 18, 31, 32: what is accepted ends once, and nothing hangs or stays."""
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    begun = time.monotonic()
    for seed in range(1000):
        world = play(seed, loop)
        assert world.wrong == [], f"python -m tests.fuzz --seed {seed} --programs 1 --loop {loop}"
        if time.monotonic() - begun > 0.5:
            break


def test_a_law_that_is_broken_is_told() -> None:
    """The laws see what they are about."""
    world = World(0)
    world.begun[1, 1] = 2
    look_back(world)
    assert any("twice" in what for what in world.wrong)
    assert any("not ended" in what for what in world.wrong)
