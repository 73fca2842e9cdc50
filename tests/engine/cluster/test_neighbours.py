"""One collector here, its twin on a cluster: whatever is sent, both give the same."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Ok,
    Payload,
    QueueType,
    Result,
)
from event_collector.cluster import on_cluster
from tests.engine.cluster.clusters import Cluster
from tests.support import run

pytestmark = pytest.mark.long

DEEDS = ("give", "bare", "wait", "raise", "error", "forget", "nothing", "cancel")


async def act(payload: Payload[Any], ctx: Context) -> Any:
    """Do what the payload says."""
    deed, value = payload.value
    match deed:
        case "give":
            return Ok(ctx.offset + value)
        case "bare":
            return value
        case "wait":
            await asyncio.sleep(value / 1000)
            return Ok("waited")
        case "raise":
            raise LookupError(value)
        case "error":
            return Error(ValueError(value))
        case "forget":
            return asyncio.get_running_loop().create_future()
        case "cancel":
            raise asyncio.CancelledError
    return None


async def act_on_all(payloads: list[Payload[Any]], ctx: Context) -> list[Result]:
    """The same for a batch, whatever it has in it."""
    return [Ok((payload.value, ctx.offset)) for payload in payloads]


def payloads(of: list[tuple[str, int]], keyed: list[int]) -> list[Payload[Any]]:
    """Payloads by topic and broadcast; some with a priority."""
    made = []
    for (deed, value), how in zip(of, keyed, strict=True):
        topics: Any = {"topics": ["t"]} if how % 3 == 1 else {"topics": []} if how % 3 == 2 else {}
        made.append(Payload((deed, value), priority=how, **topics))
    return made


def told(result: Result) -> str:
    """A result in words, which are the same for two of one kind."""
    if isinstance(result, Ok):
        return f"Ok {result.value!r}"
    return f"{type(result.exception).__name__} {result.exception}".replace("'remote'", "'here'")


SCRIPTS = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 5)), min_size=1, max_size=60)


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    script=SCRIPTS,
    keyed=st.lists(st.integers(0, 5), min_size=60, max_size=60),
    chunk=st.sampled_from([1, 3, 50]),
    batches=st.booleans(),
    ordered=st.booleans(),
    most=st.sampled_from([10, 100]),
    queue_type=st.sampled_from(QueueType),
)
def test_both_give_the_same(
    cluster: Cluster,
    script: list[tuple[str, int]],
    keyed: list[int],
    chunk: int,
    batches: bool,
    ordered: bool,
    most: int,
    queue_type: QueueType,
) -> None:
    """In every queue, by every delivery; and both are counted alike."""
    processor: Any = act_on_all if batches else act
    size: Any = {"batch_size": 3} if batches else {}

    async def main() -> None:
        ctx = Context(offset=100)
        here = Collector("here", processor, topics=["t"], ctx=ctx, **size)
        twin = Collector("remote", processor, topics=["t"], ctx=ctx, **size)
        by = (lambda payload: payload.value[1]) if ordered and not batches else None
        async with cluster.client() as client:
            there = on_cluster(twin, client, chunk=max(chunk, 3), ordered_by=by)
            queue = CollectorQueue(
                [here, there], min_consumers=1, max_consumers=most, queue_type=queue_type
            )
            history = History(queue)
            async with queue:
                publisher = queue.get_publisher()
                sent = payloads(script, keyed[: len(script)])
                for payload, sending in [(each, publisher.send(each)) for each in sent]:
                    results = await sending.wait()
                    if results.delivered:
                        assert results.keys == ["here", "remote"]
                        assert told(results[0]) == told(results[1])
                    else:
                        assert payload.delivery is Delivery.TOPIC
            assert len(history) == len(script)
            assert (here.processed, here.errors) == (there.processed, there.errors)
            metrics = queue.metrics()
            assert metrics.accepted == metrics.finished == len(script)

    run(main(), timeout=60.0)
