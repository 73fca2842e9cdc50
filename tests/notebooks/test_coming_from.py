"""The table for those who come from event-collector 0.2.4 tells what is so."""

import asyncio
import logging
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.environments import is_made, python_of
from benchmarks.spec import PEER
from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    Instrument,
    Ok,
    Payload,
    Result,
)

PAGE = Path(__file__).parents[2] / "notebooks" / "README.md"
CODE = re.compile(r"`([^`]+)`")


def rows() -> list[list[str]]:
    """The table's cells, row by row."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## Coming from event-collector")
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


async def by_value(payload: Payload[Any], ctx: Context) -> Result:
    """Gives an Ok or an Error."""
    return Ok(payload.value) if payload.value else Error(ValueError("text"))


class Told(Instrument):
    """Is told of what is accepted."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.accepted = self.seen.append


async def evaluated(code: str) -> Any:
    """What a cell's code gives, among the things that it speaks of."""
    collectors = [Collector("audit", by_value), Collector("other", by_value, topics=["t"])]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=10)
    async with queue:
        event = await queue.get_publisher().send(Payload(0, keys=["audit"]))
        results = await event.wait()
        names = {
            **{kind.__name__: kind for kind in (CollectorQueue, Context, Delivery, Error, Payload)},
            "collectors": [Collector("audit", by_value)],
            "queue": queue,
            "event": event,
            "results": results,
            "result": results.first(),
            "payload": Payload("x"),
            "instrument": Told(),
        }
        if code.startswith("await "):
            return await eval(code.removeprefix("await "), names)
        if " = " in code and "(" not in code:
            exec(code, names)
            return names["payload"]
        return eval(code, names)


def logged(queue: CollectorQueue) -> list[Any]:
    """The lines of metrics that a queue with one event has written, as records of the log."""
    records: list[Any] = []
    logger, handler = logging.getLogger("event_collector"), logging.Handler(logging.INFO)
    handler.emit = records.append  # type: ignore[assignment,method-assign]

    async def use() -> None:
        async with queue:
            await queue.get_publisher().send(Payload("x"))

    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        asyncio.run(use())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return records


HERE = sorted({code for row in rows() for code in CODE.findall(row[1])})

MADE = "CollectorQueue(collectors, min_consumers=1, max_consumers=10"

EXPECTED: dict[str, Callable[[Any], object]] = {
    'Payload("x", Delivery.BROADCAST, keys=["audit"])': lambda it: it.delivery.name == "BROADCAST",
    'Payload("x", keys=["audit"])': lambda it: it.delivery is Delivery.KEY and it.topics == [],
    'payload.delivery, payload.keys, payload.priority = Delivery.KEY, ["audit"], 0': lambda it: (
        it == Payload("x", keys=["audit"], priority=0)
    ),
    "Context(limit=40)": lambda it: it["limit"] == it.limit == 40,
    "result.ok": lambda it: it is False,
    "not result.ok": lambda it: it is True,
    "result.exception": lambda it: str(it) == "text",
    "result.traceback": lambda it: "ValueError: text" in it,
    'Error(ValueError("text"))': lambda it: not it.ok,
    "list(results)": lambda it: len(it) == 1,
    "await event.get_result()": lambda it: it.keys == ["audit"],
    "event.result": lambda it: it.keys == ["audit"],
    "event.done": lambda it: it is True,
    "event.service_time": lambda it: 0 <= it < 60,
    "event.response_time": lambda it: 0 <= it < 60,
    "queue.metrics()": lambda it: it.finished == 1 and it.consumers >= 1,
    "queue.set_limits(max_consumers=20)": lambda it: it is None,
    "queue.add_instrument(instrument)": lambda it: it is None,
    "TypeError": lambda it: it is TypeError,
    "ValueError": lambda it: it is ValueError,
    f"{MADE})": lambda it: not it.running,
    f"{MADE}, shutdown_timeout=5)": lambda it: it.shutdown_timeout == 5,
    f"{MADE}, report_interval=1.0)": lambda it: [line.finished for line in logged(it)] == [1],
}


def test_the_table_has_a_column_for_each_side_and_a_word_on_the_difference() -> None:
    """Every row says all three."""
    assert len(rows()) > 10
    assert all(len(row) == 3 and all(row) and CODE.findall(row[0]) for row in rows())
    assert set(HERE) == set(EXPECTED)


@pytest.mark.parametrize("code", HERE)
def test_what_is_written_here_does_what_the_table_says(code: str) -> None:
    """The code of the second column, executed."""
    assert EXPECTED[code](asyncio.run(evaluated(code)))


@pytest.mark.parametrize("there", ["CollectorQueue([])", 'Payload("x", Delivery.KEY, ["audit"])'])
def test_what_is_written_there_is_refused_where_it_means_something_else(there: str) -> None:
    """Nobody is left with a program that runs and does another thing."""
    with pytest.raises(TypeError):
        eval(there, {"CollectorQueue": CollectorQueue, "Payload": Payload, "Delivery": Delivery})
    with pytest.raises(TypeError):
        Ok(1).ok()  # type: ignore[operator]


@pytest.mark.skipif(not is_made(PEER), reason="the benchmarks have not installed the package")
def test_the_package_has_what_the_table_says_of_it() -> None:
    """Each name of the first column stands in its source."""
    find = "import event_collector, pathlib; print(pathlib.Path(event_collector.__file__).parent)"
    said = subprocess.run(
        [str(python_of(PEER)), "-Ic", find], capture_output=True, text=True, check=True
    )
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(said.stdout.strip()).glob("*.py")
    )
    words = {"x", "audit", "text", "limit"}
    for row in rows():
        for code in CODE.findall(row[0]):
            for name in set(re.findall(r"[A-Za-z_]\w*", code)) - words:
                assert re.search(rf"\b{name}\b", source), f"{name} of {code}"
