"""What a queue is made with: checked at once, refused and never clamped."""

import asyncio
import gc
import inspect
import re
import warnings
from typing import Any

import pytest

from event_collector import (
    Collector,
    CollectorQueue,
    Payload,
    QueueType,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import echo, queue_of

A = Collector("a", echo)
A_LIST = "collectors must be a list of Collector"
A_ROUTER = "router must be a subclass of Router"
THE_CLASS = "pass the class itself, not an object of it"
THE_TYPES = "use QueueType.FIFO, QueueType.PRIORITY or QueueType.LIFO"


class PlainRouter(Router):
    def handle_event(self, payload: Payload[Any]) -> ResultList:  # type: ignore[override]
        return ResultList()


class UnfinishedRouter(Router):
    pass


def make(**settings: Any) -> CollectorQueue:
    collectors = settings.pop("collectors", [A])
    limits: dict[str, Any] = {"min_consumers": 1, "max_consumers": 10}
    return CollectorQueue(collectors, **(limits | settings))


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"collectors": A},
            f"{A_LIST}, got Collector: Collector('a'); write [collector]",
        ),
        (
            {"collectors": (A,)},
            f"{A_LIST}, got tuple: (Collector('a'),); write [collector]",
        ),
        (
            {"collectors": None},
            f"{A_LIST}, got NoneType: None; write [collector]",
        ),
        (
            {"collectors": [A, 5]},
            "collectors must be Collectors, got int: 5; wrap it: Collector(key, processor)",
        ),
        ({"min_consumers": "1"}, "min_consumers must be an int, got str: '1'"),
        ({"min_consumers": None}, "min_consumers must be an int, got NoneType: None"),
        ({"max_consumers": 2.0}, "max_consumers must be an int, got float: 2.0"),
        ({"max_consumers": True}, "max_consumers must be an int, got bool: True"),
        (
            {"queue_type": "fifo"},
            f"queue_type must be a QueueType, got str: 'fifo'; {THE_TYPES}",
        ),
        ({"default_priority": None}, "default_priority must be an int, got NoneType: None"),
        ({"default_priority": 1.5}, "default_priority must be an int, got float: 1.5"),
        ({"default_priority": False}, "default_priority must be an int, got bool: False"),
        ({"max_queued": "many"}, "max_queued must be an int, got str: 'many'"),
        ({"max_queued": True}, "max_queued must be an int, got bool: True"),
        (
            {"shutdown_timeout": "1"},
            "shutdown_timeout must be a number of seconds, got str: '1'",
        ),
        (
            {"router": 5},
            f"{A_ROUTER}, got 5; {THE_CLASS}",
        ),
        (
            {"router": SimpleRouter(queue_of(A).collectors)},
            f"{A_ROUTER}, got SimpleRouter(['a']); {THE_CLASS}",
        ),
        (
            {"router": dict},
            f"{A_ROUTER}, got <class 'dict'>; {THE_CLASS}",
        ),
        (
            {"router": PlainRouter},
            "PlainRouter.handle_event is not async; write async def handle_event(self, payload)",
        ),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused(settings: dict[str, Any], message: str) -> None:
    """Decision 24: a TypeError says what it must be, and what it got."""
    with pytest.raises(TypeError, match=exactly(message)):
        make(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"collectors": [A, Collector("b", echo), Collector("a", echo)]},
            "two collectors have the key 'a'; keys must be unique in a queue",
        ),
        ({"min_consumers": -1}, "min_consumers must be >= 0, got -1"),
        ({"min_consumers": 0, "max_consumers": 0}, "max_consumers must be >= 1, got 0"),
        (
            {"min_consumers": 4, "max_consumers": 2},
            "max_consumers must be >= min_consumers (4), got 2",
        ),
        ({"max_queued": 0}, "max_queued must be >= 1, got 0"),
        (
            {"shutdown_timeout": -0.5},
            "shutdown_timeout must be a finite number of seconds >= 0, got -0.5",
        ),
        (
            {"shutdown_timeout": float("inf")},
            "shutdown_timeout must be a finite number of seconds >= 0, got inf",
        ),
        (
            {"shutdown_timeout": float("nan")},
            "shutdown_timeout must be a finite number of seconds >= 0, got nan",
        ),
    ],
)
def test_a_value_out_of_range_is_refused(settings: dict[str, Any], message: str) -> None:
    """Decision 24: a ValueError says the rule and the value; nothing is clamped."""
    with pytest.raises(ValueError, match=exactly(message)):
        make(**settings)


def test_a_router_that_handles_nothing_is_refused() -> None:
    """F, decision 27: a custom router needs a handle_event, and needs nothing else."""
    with pytest.raises(TypeError, match=r"UnfinishedRouter .*handle_event"):
        make(router=UnfinishedRouter)


@pytest.mark.parametrize("missing", ["min_consumers", "max_consumers"])
def test_the_consumer_limits_have_no_default(missing: str) -> None:
    """B: a minimal queue requires collectors, min_consumers and max_consumers."""
    settings = {"min_consumers": 1, "max_consumers": 10}
    del settings[missing]
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{missing}'$"):
        CollectorQueue([A], **settings)  # type: ignore[arg-type]


def test_all_but_the_collectors_is_given_by_name() -> None:
    """B, E: the collectors come first, all other arguments have names."""
    first, *others = inspect.signature(CollectorQueue).parameters.values()
    assert first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert {other.kind for other in others} == {inspect.Parameter.KEYWORD_ONLY}


def test_a_refused_queue_does_not_warn() -> None:
    """Decision 24: what was never made has nothing to shut down."""
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # what other tests have left
    with pytest.raises(TypeError):
        make(collectors="a")
    gc.collect()


def test_the_defaults_are_those_decided() -> None:
    """Decisions 8, 18, 20: FIFO, unbounded, priority 1000, ten seconds to shut down."""
    queue = make()
    assert queue.queue_type is QueueType.FIFO
    assert queue.max_queued is None
    assert queue.default_priority == 1000
    assert queue.shutdown_timeout == 10.0
    assert type(queue.router) is SimpleRouter


def test_a_queue_tells_what_it_was_made_with() -> None:
    """E: each setting can be read back."""
    queue = make(
        min_consumers=0,
        max_consumers=3,
        queue_type=QueueType.PRIORITY,
        default_priority=-5,
        max_queued=1,
        shutdown_timeout=None,
    )
    assert (queue.min_consumers, queue.max_consumers) == (0, 3)
    assert queue.queue_type is QueueType.PRIORITY
    assert (queue.default_priority, queue.max_queued) == (-5, 1)
    assert queue.shutdown_timeout is None
    assert make(shutdown_timeout=0).shutdown_timeout == 0.0
    assert queue.get_publisher() is queue.get_publisher()


def test_a_queue_is_made_without_a_loop_and_keeps_the_order_of_its_collectors() -> None:
    """B, decision 27: a queue can be made anywhere; its collectors are a mapping in order."""
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    collectors = [Collector(key, echo) for key in ("c", "a", "b")]
    queue = make(collectors=collectors)
    assert list(queue.collectors.items()) == [(one.key, one) for one in collectors]
    collectors.clear()
    assert list(queue.collectors) == ["c", "a", "b"]
