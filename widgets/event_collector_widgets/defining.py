"""Defining: the decorator that makes a collector of the function below it."""

from collections.abc import Callable, Iterable
from typing import Any, overload

from event_collector import Collector, Context, LifecycleManager, Processor


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
            max_concurrency: How many payloads may be in service in it at once.

        Raises:
            TypeError, ValueError: As from `Collector`.
        """

        def decorate[F: Processor](processor: F) -> F:
            made = Collector(
                key if isinstance(key, str) else getattr(processor, "__name__", ""),
                processor,
                topics=topics,
                ctx=ctx,
                lifecycle=lifecycle,
                timeout=timeout,
                max_concurrency=max_concurrency,
            )
            self._define(made)
            return processor

        return decorate if key is None or isinstance(key, str) else decorate(key)

    def _define(self, made: Collector) -> None:
        """Begin to put a collector; say in a line that it replaced one, as soon as it has."""
        raise NotImplementedError
