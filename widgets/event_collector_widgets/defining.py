"""Defining: the decorator that makes a collector of the function below it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, overload

from event_collector import BatchProcessor, Collector, Context, LifecycleManager, Processor

if TYPE_CHECKING:
    from distributed import Client


class Defining:
    """What a workbench takes the definition of a collector by."""

    @overload
    def collector[F: Processor](self, key: F, /) -> F: ...

    @overload
    def collector[F: Processor](
        self,
        key: str | None = None,
        *,
        topics: Iterable[str] = (),
        ctx: Context | None = None,
        lifecycle: LifecycleManager | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
        cluster: "Client | None" = None,
    ) -> Callable[[F], F]: ...

    @overload
    def collector[F: BatchProcessor](
        self,
        key: str | None = None,
        *,
        topics: Iterable[str] = (),
        ctx: Context | None = None,
        lifecycle: LifecycleManager | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
        batch_size: int,
        linger: float | None = None,
        cluster: "Client | None" = None,
    ) -> Callable[[F], F]: ...

    def collector(
        self,
        key: str | Processor | None = None,
        *,
        topics: Iterable[str] = (),
        ctx: Context | None = None,
        lifecycle: LifecycleManager | None = None,
        timeout: float | None = None,
        max_concurrency: int | None = None,
        batch_size: int | None = None,
        linger: float | None = None,
        cluster: "Client | None" = None,
    ) -> Any:
        """Make a collector of the async function below it, which stays as it is.

        Running the cell again replaces the collector, and says so in a line. A lifecycle is
        entered while the cell goes on; `send` and `ready` wait for it.

        Args:
            key: The collector's key; the function's name unless given.
            topics: The topics it listens to.
            ctx: What the processor works with.
            lifecycle: What opens and closes the context.
            timeout: How many seconds the processor has for a payload.
            max_concurrency: How many payloads, or batches, may be in service in it at once.
            batch_size: Have the function get a list of up to so many payloads.
            linger: How many seconds a batch may wait for more while the queue is busy.
            cluster: A Dask Client: have it run on the workers there, as by
                `event_collector.cluster.on_cluster`, which says what is promised, and has more
                options: `await bench.put(on_cluster(Collector(...), client, ...))`.

        Raises:
            TypeError, ValueError: As from `Collector`, and as from `on_cluster`.
        """

        def decorate(processor: Any) -> Any:
            size: Any = {} if batch_size is None else {"batch_size": batch_size}
            made: Collector = Collector(
                key if isinstance(key, str) else getattr(processor, "__name__", ""),
                processor,
                topics=topics,
                ctx=ctx,
                lifecycle=lifecycle,
                timeout=timeout,
                max_concurrency=max_concurrency,
                **size,
                linger=linger,
            )
            if cluster is not None:
                from event_collector.cluster import on_cluster

                made = on_cluster(made, cluster)
            self._define(made)
            return processor

        return decorate if key is None or isinstance(key, str) else decorate(key)

    def _define(self, made: Collector) -> None:
        """Begin to put a collector; say in a line that it replaced one, as soon as it has."""
        raise NotImplementedError
