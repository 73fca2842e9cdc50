"""Collectors on a cluster: what `on_cluster` makes of a collector."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, ClassVar

from distributed import Client

from event_collector import _check
from event_collector.cluster.link import check_client
from event_collector.cluster.remote import Remote
from event_collector.collector import Collector
from event_collector.data import Payload


def on_cluster(
    collector: Collector,
    client: Client,
    *,
    chunk: int | None = None,
    ordered_by: Callable[[Payload[Any]], Hashable] | None = None,
    max_attempts: int = 3,
) -> "ClusterCollector":
    """The same collector, its processor and its lifecycle on the workers of a cluster.

    It has the same key, topics, timeout and `max_concurrency`, and goes wherever a collector does:
    into any queue, with any router, beside collectors that run here. Each worker has a thread for
    it, with a loop of its own. Payloads travel in chunks: give the queue `max_consumers` of at
    least workers x chunk, else the workers are never full.

    **At least once.** A payload whose worker is lost is given to another one, and its processor may
    have run before, wholly or in part: `attempts` tells of which events that is so. After
    `max_attempts` such losses it gets an `Error(WorkerLostError)`. Payloads that were lost together
    are tried apart, so that only the one is blamed that ends its worker. Collectors on one cluster
    have its workers in common: what ends one takes with it what the others had there, too, and that
    counts as an attempt of theirs.

    **What travels.** Processor, lifecycle and Context are sent when the queue starts, or when the
    collector is added: what they refer to is as it was then, and later changes here are not seen
    there. Define the function again, and replace the collector. A worker that joins later, or
    replaces one that was killed, begins with that Context, too: what the killed one had in its own
    is gone. The Context here stays as it is, and those of the workers are not one. Payloads and
    results travel by pickle, what is defined in a notebook by cloudpickle, and what a module of
    yours defines by its name: a worker goes on with the module as it has imported it, whatever is
    edited and reloaded here. Have it read anew by `client.restart()` while no queue runs, or, also
    where the workers do not have the file, by `client.upload_file("module.py")` after each edit;
    then replace the collector, or start the queue again. Context variables and the queue do not
    travel: `current_event()` is None there. What is printed and displayed comes back, and
    figures of pyplot that are shown, or open when the processor ends, as images; and log lines as
    far as the worker's own levels let them through, WARNING unless set.

    A start goes on without a worker that does not answer within 10 seconds, stopped or hung, and a
    log line says so; it gets payloads as soon as it answers. If none answers, the start fails.

    Where the cluster has no worker at all, payloads wait for one, and a log line says so; dask's
    `distributed.scheduler.no-workers-timeout` ends that with an `Error(ClusterClosedError)`. (A
    LocalCluster does not bring a worker back that is down again when 15 s have passed since it was
    first lost: `distributed.deploy.lost-worker-timeout`.) A worker that hangs, and is not dead, is
    lost when the scheduler says so, after dask's `distributed.scheduler.worker-ttl`, 5 minutes
    unless set: what it has waits until then, and so do payloads of the same partition keys; a log
    line says so, and it gets nothing else. A `timeout` ends the wait of
    those without a key.

    **Lifecycles** are entered once on each worker, on one that joins or replaces another too, and
    left when the collector is removed, the queue is shut down or the worker is retired. Of a killed
    worker they are not left. The end of a queue waits 10 s for that, then goes on, and a log line
    names the workers; one that takes a minute there is cancelled, and one that is stopped leaves it
    when it goes on. If the client is closed before the queue, they are left at once; if
    this process dies, or is cut off, a minute after: one that comes back later gets an
    `Error(LifecycleEndedError)` for its payloads until it starts the queue again. A notebook that
    only stands still keeps them.

    **Trust.** cloudpickle runs code when it is read, on both sides: only for a cluster that you
    trust, and whoever can reach its scheduler.

    Args:
        collector: What to run there. It is not changed; its own `batch_size` is kept, and applied
            on the worker, to what a chunk has; its `linger` is not.
        client: An asynchronous Client of the queue's loop, or a synchronous one.
        chunk: How many payloads travel together at most; 50, or `batch_size`, unless given.
        ordered_by: Gives a payload's partition key, here. Payloads with equal keys run one after
            the other, on one worker; if it is lost on another, and still in order.
        max_attempts: How often a payload may be given to a worker that is lost with it. With 1, it
            is at most once instead: all that a lost worker had get an Error.

    Raises:
        TypeError: An argument is of the wrong type; or the processor, the lifecycle or the Context
            cannot be pickled.
        ValueError: `chunk` is less than the collector's `batch_size`; `ordered_by` is given for a
            collector with `batch_size`, or it has `max_concurrency` too; a number is too small.
        ClusterClosedError: The client is closed.
        RuntimeError: The client is one of another event loop; or this is a simulation.
    """
    _check.kind(collector, Collector, "collector", "write on_cluster(Collector(...), client)")
    if isinstance(collector, ClusterCollector):
        raise TypeError(f"{collector!r} is on a cluster already; give the one that it was made of")
    check_client(client)
    if collector.batch_size is not None and collector.max_concurrency is not None:
        raise ValueError(
            f"collector {collector.key!r} has batch_size and max_concurrency; each worker gathers "
            "batches of its own, and nobody could bound how many there are; take one of the two"
        )
    size = collector.batch_size
    if chunk is not None and _check.whole(chunk, "chunk", 1) < (size or 1):
        raise ValueError(
            f"chunk must be >= the batch_size of {collector.key!r} ({size}), got {chunk}; no batch "
            "would ever be full"
        )
    _check.whole(max_attempts, "max_attempts", 1)
    if ordered_by is not None:
        _check.plain_function(ordered_by, "ordered_by", "a function of a payload")
        if size is not None:
            raise ValueError(
                f"collector {collector.key!r} has batch_size, and a batch is one call; take "
                "ordered_by or batch_size"
            )
    remote = Remote(collector, client, chunk, ordered_by, max_attempts)
    remote.spec()  # so that what cannot be pickled is refused here
    return ClusterCollector(remote)


class ClusterCollector(Collector):
    """A collector whose processor runs on the workers of a cluster: what `on_cluster` makes."""

    __slots__ = ("_remote",)

    _works_here: ClassVar = False

    def __init__(self, remote: Remote) -> None:
        original = remote.collector
        super().__init__(
            original.key,
            remote.processor(),
            topics=original.topics,
            ctx=original.ctx,
            lifecycle=remote.lifecycle,
            timeout=original.timeout,
            max_concurrency=original.max_concurrency,
        )
        self._remote = remote

    @property
    def original(self) -> Collector:
        """The collector that it was made of, which runs here."""
        return self._remote.collector

    @property
    def loads(self) -> dict[str, int]:
        """By address of each worker, how many payloads it has. Empty while no queue runs."""
        found: dict[str, int] = {}
        for fleet in self._remote.fleets():
            for address, load in fleet.loads.items():
                found[address] = found.get(address, 0) + load
        return found

    @property
    def waiting(self) -> int:
        """How many payloads consumers have taken that wait for room on a worker."""
        return sum(fleet.waiting for fleet in self._remote.fleets())

    def again(self, collector: Collector) -> "ClusterCollector":
        """Another collector on the same cluster, with the same options, as to replace this one.

        A processor or a lifecycle that is this one's stays what it was made of.

        Raises:
            TypeError, ValueError, ClusterClosedError, RuntimeError: As from `on_cluster`.
        """
        remote, mine = self._remote, self.original
        same = collector.processor is self.processor
        how: Any = {"batch_size": mine.batch_size if same else collector.batch_size}
        made: Collector = Collector(
            collector.key,
            mine.processor if same else collector.processor,
            topics=collector.topics,
            ctx=collector.ctx,
            lifecycle=mine.lifecycle
            if collector.lifecycle is self.lifecycle
            else (collector.lifecycle),
            timeout=collector.timeout,
            max_concurrency=collector.max_concurrency,
            **how,
        )
        options: Any = {"ordered_by": remote.ordered_by, "max_attempts": remote.max_attempts}
        return on_cluster(made, remote.client, chunk=remote.given_chunk, **options)

    async def _timed(self, awaitable: Awaitable[Any], seconds: float, key: str) -> Any:
        """The time that the processor has is the worker's: here, what is around it counts."""
        with self._remote.limits.entered(key, seconds) as limit:
            return await limit.keep(awaitable)
