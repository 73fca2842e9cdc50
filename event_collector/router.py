"""Routers choose which collectors get a payload, and dispatch it to them."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakMethod

from event_collector._awaitables import awaitable, in_words
from event_collector._core.dispatch import Dispatch
from event_collector._core.service import closed_here
from event_collector._core.watch import current_watch
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.data import Delivery, Error, Ok, Payload, Result, ResultList
from event_collector.roster import Roster

_BROADCAST, _KEY, _TOPIC = Delivery


class Router(ABC):
    """Decides what happens to each payload. Write a subclass with a `handle_event` of its own.

    Args:
        collectors: The collectors of the queue.
    """

    collectors: Roster
    """The collectors of the queue by key, in order, read-only and live."""

    def __init__(self, collectors: Roster) -> None:
        self.collectors = collectors

    @abstractmethod
    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """Give a payload to the collectors that it is for, and return their results.

        An empty ResultList says that the payload was not delivered.
        """

    async def dispatch(self, payload: Payload[Any], collectors: Iterable[Collector]) -> ResultList:
        """Give a payload to each of these collectors, and return their results in that order.

        Where a processor waits, the next collector begins. A processor's exception is an Error
        in the list, and the others go on. No collectors at all: undelivered.

        Raises:
            TypeError: One of `collectors` is not a Collector.
            KeyboardInterrupt, SystemExit: A processor raised it; the others have ended.
        """
        chosen = tuple(collectors)
        for collector in chosen:
            if not isinstance(collector, Collector):
                raise TypeError(
                    f"dispatch() takes Collectors, got {type(collector).__name__}: "
                    f"{one_line(collector)}; take them from self.collectors.values()"
                )
        if not chosen:
            return ResultList.undelivered()
        if (closed := closed_here(current_watch())) is not None:
            return ResultList._of([Error(closed)] * len(chosen), [one.key for one in chosen])
        dispatch = Dispatch(payload, chosen)
        results = await dispatch.run()
        interrupt, dispatch.interrupt = dispatch.interrupt, None
        try:
            if interrupt is not None:
                raise interrupt
            return results
        finally:
            del results, interrupt  # an Error's traceback leads back to here

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.collectors)!r})"


class Explanation(NamedTuple):
    """Whether a collector would get a payload, and why."""

    key: str
    """The collector's key."""
    receives: bool
    """Whether it would get the payload."""
    reason: str
    """Why, in words."""


class Told:
    """Calls a method of a router's queue, as long as the queue is there. It does not travel along
    with a router that is pickled, and works elsewhere."""

    def __init__(self, method: Callable[[], object] | None = None) -> None:
        self._found = None if method is None else WeakMethod(method)

    def __call__(self) -> None:
        if self._found is not None and (method := self._found()) is not None:
            method()

    def __reduce__(self) -> tuple[type["Told"], tuple[()]]:
        return Told, ()


class SimpleRouter(Router):
    """The default router: by key, by topic, or to everyone, as the payload's delivery says.

    A subclass that chooses otherwise but dispatches alike needs to override `route` only.
    """

    _changed = Told()
    """Told that this object got a method of its own: its queue asks it for its choice directly."""

    def route(self, payload: Payload[Any]) -> Sequence[Collector]:
        """The collectors that a payload is for, each once, in order. Sends and changes nothing.

        It is called when a payload is to be taken and by `explain`, so more than once.
        By key and by topic the cost depends on how many match, not on how many there are.

        Raises:
            TypeError: The payload's delivery was set to something that is not a Delivery.
        """
        delivery = payload.delivery
        if delivery is _BROADCAST:
            return self.collectors._everyone or self.collectors.everyone()
        # The names are taken without their property, a call for each event: its list is only for
        # those who look. A class of the user's own may have a property of its own. One name is
        # looked up here, which spares the usual case a call more.
        plain, roster = type(payload) is Payload, self.collectors
        if delivery is _KEY:
            if plain and type(key := payload._keys) is str:
                return () if (place := roster._by_key.get(key)) is None else place[2]
            return roster.with_keys((payload._keys or ()) if plain else payload.keys)
        if delivery is _TOPIC:
            if plain and type(topic := payload._topics) is str:
                return roster._heard.get(topic) or roster._listening_to_one(topic)
            return roster.listening_to((payload._topics or ()) if plain else payload.topics)
        raise TypeError(f"delivery must be a Delivery, got {one_line(delivery)}")

    def explain(self, payload: Payload[Any]) -> list[Explanation]:
        """For every collector, in order: would it get this payload, and why. Sends nothing.

        Of a `route` of a subclass's own, only the choice is known, not the reason.
        """
        chosen = {collector.key for collector in self.route(payload)}
        own = type(self).route is not SimpleRouter.route or "route" in vars(self)
        return [
            Explanation(
                collector.key,
                collector.key in chosen,
                f"as {type(self).__name__} decides" if own else _reason(collector, payload),
            )
            for collector in self.collectors.everyone()
        ]

    @property
    def only_chooses(self) -> bool:
        """Whether `route` tells all that this router does with a payload."""
        own = type(self)
        if own.handle_event is not SimpleRouter.handle_event or own.dispatch is not Router.dispatch:
            return False
        return not vars(self).keys() & {"handle_event", "dispatch"}  # an object may have its own

    @property
    def as_written(self) -> bool:
        """Whether it chooses and dispatches as written here, with nothing of anybody's own."""
        return type(self) is SimpleRouter and not vars(self).keys() & _ITS_OWN

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _ITS_OWN:
            self._changed()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _ITS_OWN:
            self._changed()

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """Dispatch a payload to the collectors that `route` gives."""
        return await self.dispatch(payload, self.route(payload))


_ITS_OWN = frozenset({"route", "handle_event", "dispatch"})
"""What an object may have of its own, in place of its class's."""


def _reason(collector: Collector, payload: Payload[Any]) -> str:
    if payload.delivery is Delivery.BROADCAST:
        return "a broadcast goes to every collector"
    if payload.delivery is Delivery.KEY:
        if not payload.keys:
            return "the payload has no keys"
        among = "among" if collector.key in payload.keys else "not among"
        return f"key is {among} {payload.keys!r}"
    if not payload.topics:
        return "the payload has no topics"
    heard = [topic for topic in collector.topics if topic in payload.topics]
    if heard:
        return f"listens to {', '.join(map(repr, heard))}"
    if not collector.topics:
        return "listens to no topic"
    return f"listens to none of {payload.topics!r}"


def make_router(router: object, roster: Roster) -> Router:
    """A router of a class, over a roster.

    Raises:
        TypeError: It is not a subclass of Router; its `handle_event` or `dispatch` is not async, or
            its `route` is.
    """
    if not (isinstance(router, type) and issubclass(router, Router)):
        raise TypeError(
            f"router must be a subclass of Router, got {one_line(router)}; "
            "pass the class itself, not an object of it"
        )
    if not inspect.iscoroutinefunction(router.handle_event):
        raise TypeError(
            f"{router.__name__}.handle_event is not async; "
            "write async def handle_event(self, payload)"
        )
    if not inspect.iscoroutinefunction(router.dispatch):
        raise TypeError(
            f"{router.__name__}.dispatch is not async; "
            "write async def dispatch(self, payload, collectors)"
        )
    route = getattr(router, "route", None)
    if inspect.iscoroutinefunction(route) or inspect.isasyncgenfunction(route):
        raise TypeError(
            f"{router.__name__}.route is async, and nobody would await it; "
            "write def route(self, payload), or what waits into handle_event"
        )
    made = router(roster)
    made.collectors = roster  # for a router whose own __init__ leaves it out
    return made


def checked(
    router: Router, results: object
) -> tuple[Result | list[Result], Sequence[str | None] | None]:
    """What a custom router returned, if it is a ResultList; an empty one means undelivered."""
    if not isinstance(results, ResultList):
        raise TypeError(
            f"{type(router).__name__}.handle_event must return a ResultList, "
            f"got {type(results).__name__}: {one_line(results)}"
        )
    for result in results:
        if not isinstance(result, Result):
            raise TypeError(
                f"{type(router).__name__}.handle_event returned a ResultList that holds "
                f"{type(result).__name__}: {one_line(result)}; wrap it: Ok(value)"
            )
    if not results:
        return Ok(None), None
    return [_awaited(router, each) for each in results], results.keys or None


def _awaited(router: Router, result: Result) -> Result:
    """A result of a custom router's, or an Error where it forgot to await what the Ok holds."""
    if isinstance(result, Error) or not awaitable(result.value):
        return result
    what, written = in_words(result.value)
    return Error(
        TypeError(
            f"{type(router).__name__}.handle_event returned Ok of {what} without awaiting it; "
            f"write Ok(await {written})"
        )
    )
