"""What a collector is made of: the kinds of its functions, for type checkers and readers."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from event_collector.data import Context, Payload, Result

# For a type checker the context has a default, so that a bare Collector, Processor or
# list[Collector] is a whole type. Python knows such defaults from 3.13 on; `typing_extensions`
# comes with every checker, and is never imported. That of a Collector is Any: mypy would take
# another for what a Collector that is made where one is wanted has to have.
if TYPE_CHECKING:
    from typing import TypeAliasType

    import typing_extensions

    C = typing_extensions.TypeVar("C", bound=Context, default=Any)
    C_co = typing_extensions.TypeVar("C_co", bound=Context, default=Any, covariant=True)
    Processor = TypeAliasType(
        "Processor", Callable[[Payload[Any], C], Awaitable[Result]], type_params=(C,)
    )
    BatchProcessor = TypeAliasType(
        "BatchProcessor",
        Callable[[list[Payload[Any]], C], Awaitable[Result | Sequence[Result]]],
        type_params=(C,),
    )
    LifecycleManager = TypeAliasType(
        "LifecycleManager", Callable[[C], AbstractAsyncContextManager[Any]], type_params=(C,)
    )
else:
    C_co = TypeVar("C_co", bound=Context, covariant=True)

    type Processor[C] = Callable[[Payload[Any], C], Awaitable[Result]]
    """The event handler: takes a payload and its collector's context, returns an Ok or an Error.

    `Processor[MyContext]` is one whose collector has a context of that class."""

    type BatchProcessor[C] = Callable[[list[Payload[Any]], C], Awaitable[Result | Sequence[Result]]]
    """The processor of a collector with `batch_size`: takes a list of payloads, returns a list of
    results, one for each in order, or one Result for all."""

    type LifecycleManager[C] = Callable[[C], AbstractAsyncContextManager[Any]]
    """Sets a context up and shuts it down: a function of it under `@asynccontextmanager`."""
