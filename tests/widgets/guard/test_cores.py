"""Cores: what the machine keeps from this process is not a processor's fault."""

import threading
from pathlib import Path

import pytest
from event_collector_widgets.guard import cores
from event_collector_widgets.guard.cores import kept_waiting, waits


def test_the_own_wait_counts_and_the_longest_of_another_thread() -> None:
    """The own thread waits for a core, and then for one that has the lock and no core."""
    before = {"1": 1.0, "2": 5.0, "3": 2.0}
    now = {"1": 1.25, "2": 5.5, "3": 2.125, "4": 0.25}
    assert kept_waiting(before, now, own="1") == 0.25 + 0.5
    assert kept_waiting(before, now, own="2") == 0.5 + 0.25


def test_a_thread_that_has_ended_takes_nothing_away() -> None:
    """Another may have its number now; and where nothing is told, nobody has waited."""
    assert kept_waiting({"1": 1.0, "2": 5.0}, {"1": 1.5, "2": 0.5}, own="1") == 0.5
    assert kept_waiting({"1": 1.0}, {}, own="1") == 0.0


@pytest.mark.skipif(not cores.THREADS.is_dir(), reason="this system does not tell it")
def test_each_thread_that_lives_is_told() -> None:
    """Also one beside the thread that asks."""
    go, ready = threading.Event(), threading.Event()
    ids: list[int] = []

    def stay() -> None:
        ids.append(threading.get_native_id())
        ready.set()
        go.wait()

    thread = threading.Thread(target=stay)
    thread.start()
    ready.wait()
    told = waits()
    go.set()
    thread.join()
    assert {str(ids[0]), str(threading.get_native_id())} <= set(told)
    assert all(seconds >= 0 for seconds in told.values())


def test_where_the_system_tells_nothing_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows."""
    monkeypatch.setattr(cores, "THREADS", Path("/nowhere"))
    assert waits() == {}
