"""The simulation of a hundred workers: few do what they can, many what their sender can."""

import pytest

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")

from benchmarks.hundred import Sender, rate

SENDER = Sender(payload=10e-6, chunk=200e-6)


def test_few_workers_do_what_they_can() -> None:
    """Each has its next chunk when it has done one, so nothing of its time is lost."""
    for workers in (1, 2, 4):
        assert rate(SENDER, workers, 10, 0.005) == pytest.approx(workers * 200, rel=0.05)


def test_many_workers_do_what_their_sender_can() -> None:
    """It spends its time on each payload, and on each chunk."""
    for chunk in (1, 10, 50):
        most = chunk / (SENDER.chunk + chunk * SENDER.payload)
        assert rate(SENDER, 200, chunk, 0.0001) == pytest.approx(most, rel=0.02)


def test_a_sender_that_costs_nothing_lets_all_workers_work() -> None:
    """Then only the last chunks are not spread evenly."""
    assert rate(Sender(0.0, 0.0), 50, 10, 0.005) == pytest.approx(10_000, rel=0.05)
