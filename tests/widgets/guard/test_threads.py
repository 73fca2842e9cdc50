"""Threads: which of those that die are the notebook's, whatever has started them."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from event_collector_widgets.guard.faults import Fault
from event_collector_widgets.guard.threads import Unheard

KERNELS = """
run = threading.Thread.run
def run_closure(self):
    run(self)
def beat(_):
    raise OSError("no heart")
"""
"""What ipykernel 6 puts in the place of `Thread.run`, and what a thread of its own may run."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Fault]]:
    """What is told; whatever is not goes to a hook that says nothing."""
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    found: list[Fault] = []
    unheard = Unheard(found.append, lambda: None, lambda: 0.0)
    unheard.attach()
    yield found
    unheard.detach()


@pytest.fixture(params=[False, True], ids=["as Python has it", "through ipykernel 6"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Functions of the kernel."""
    made: dict[str, Any] = {"__name__": "ipykernel.ipkernel", "threading": threading}
    exec(KERNELS, made)
    if request.param:
        monkeypatch.setattr(threading.Thread, "run", made["run_closure"])
    return made


def own() -> Callable[[object], None]:
    """A function of a notebook."""

    def dig(_: object) -> None:
        raise ValueError("no spade")

    return dig


def die(target: Callable[[Any], object], *args: object) -> None:
    """Have a thread run something that raises, and wait for its end."""
    thread = threading.Thread(target=target, args=args)
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    ("target", "name"), [(int, "int"), (own(), "dig")], ids=["a builtin", "a function"]
)
def test_a_thread_is_told_whatever_its_target_is(
    told: list[Fault], kernels: dict[str, Any], target: Callable[[Any], object], name: str
) -> None:
    """A builtin has no frame of its own; what stands before it is not to blame."""
    die(target, "x")
    assert [fault.what for fault in told] == [f"thread of {name}() failed"]


def test_a_thread_of_the_kernel_is_not_told(told: list[Fault], kernels: dict[str, Any]) -> None:
    """Whatever the kernel runs in one is its own affair."""
    die(kernels["beat"], "x")
    assert told == []


def test_a_thread_may_end_itself(told: list[Fault]) -> None:
    """Python says nothing of it either."""
    die(sys.exit, 3)
    assert told == []


class Digger(threading.Thread):
    """A thread with a method of its own, as books have it."""

    def run(self) -> None:
        """Fail."""
        own()(0)


@pytest.mark.parametrize(
    ("thread", "what"),
    [
        (threading.Timer(0, own(), [0]), "timer of own.<locals>.dig() failed"),
        (Digger(), "thread of Digger failed"),
        (Digger(name="spade"), "thread 'spade' failed"),
    ],
    ids=["a timer", "a class", "a name"],
)
def test_a_thread_is_called_by_what_it_runs(
    told: list[Fault], thread: threading.Thread, what: str
) -> None:
    """Its number is another in each run."""
    thread.start()
    thread.join()
    assert [fault.what for fault in told] == [what]
