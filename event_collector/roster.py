"""The roster: a queue's collectors, in order, found by key or by topic at the same low cost."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from operator import itemgetter
from threading import RLock

from event_collector import _check
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import UnknownCollectorError

type _Place = tuple[int, Collector]

_place_number = itemgetter(0)
_NOBODY: dict[str, _Place] = {}

_FILLING = RLock()
"""Held by who changes a roster, or fills one of its caches: a cache that one thread fills while
another empties it could keep what is there no more. Nobody needs it to read what is in a cache. One
for all rosters, which are pickled: it is held for microseconds, once after each change."""


class Roster(Mapping[str, Collector]):
    """A read-only mapping from key to Collector, in the order in which the queue got them.

    It is live: it follows `add`, `replace` and `remove` of its queue. A replacement takes the
    place of the collector that it replaces. It may be read in any thread: whoever goes through it
    goes through what it held when he began. (`dict(roster.items())` is a copy. `dict(roster)` asks
    for one key after the other, which another thread may remove meanwhile.)

    Args:
        collectors: The collectors to begin with.

    Raises:
        TypeError: One of them is not a Collector.
        ValueError: Two of them have the same key.
    """

    def __init__(self, collectors: Iterable[Collector] = ()) -> None:
        self._by_key: dict[str, _Place] = {}
        self._by_topic: dict[str, dict[str, _Place]] = {}
        self._everyone: tuple[Collector, ...] | None = None
        self._heard: dict[str, tuple[Collector, ...]] = {}
        self._limited = 0
        self._next_place = 0
        for collector in collectors:
            self._add(collector)

    def __getitem__(self, key: str) -> Collector:
        return self._by_key[key][1]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_key))

    def items(self) -> ItemsView[str, Collector]:
        """Key and collector of each, in order."""
        return _Items(self)

    def values(self) -> ValuesView[Collector]:
        """The collectors, in order."""
        return _Values(self)

    def __len__(self) -> int:
        return len(self._by_key)

    def everyone(self) -> tuple[Collector, ...]:
        """All collectors, in order."""
        if (everyone := self._everyone) is None:
            with _FILLING:
                everyone = self._everyone = tuple([place[1] for place in self._by_key.values()])
        return everyone

    def with_keys(self, keys: Iterable[str]) -> tuple[Collector, ...]:
        """The collectors that have one of these keys, each once, in order.

        Raises:
            TypeError: `keys` is a str.
        """
        by_key = self._by_key
        if type(keys) is list and len(keys) == 1:
            place = by_key.get(keys[0])
            return () if place is None else (place[1],)
        if isinstance(keys, str):
            _check.names(keys, "key")  # refuses it
        return _in_order([place for key in keys if (place := by_key.get(key)) is not None])

    def listening_to(self, topics: Iterable[str]) -> tuple[Collector, ...]:
        """The collectors that listen to any of these topics, each once, in order.

        Raises:
            TypeError: `topics` is a str.
        """
        by_topic = self._by_topic
        if type(topics) is list and len(topics) == 1:
            heard = self._heard.get(topics[0])
            return self._listening_to_one(topics[0]) if heard is None else heard
        if isinstance(topics, str):
            _check.names(topics, "topic")  # refuses it
        listening = [by_topic.get(topic, _NOBODY) for topic in topics]
        return _in_order([place for each in listening for place in list(each.values())])

    def _listening_to_one(self, topic: str) -> tuple[Collector, ...]:
        with _FILLING:
            if topic not in self._by_topic:
                # Not kept: topics that nobody listens to are without number, and a cache of them
                # would grow with each that is sent.
                return ()
            heard = self._heard[topic] = _in_order(list(self._by_topic[topic].values()))
            return heard

    def _get(self, key: str) -> Collector:
        if key not in self._by_key:
            raise UnknownCollectorError(key, list(self._by_key))
        return self._by_key[key][1]

    def _add(self, collector: Collector) -> None:
        if not isinstance(collector, Collector):
            raise TypeError(
                f"collectors must be Collectors, got {type(collector).__name__}: "
                f"{one_line(collector)}; wrap it: Collector(key, processor)"
            )
        if collector.key in self._by_key:
            raise ValueError(
                f"two collectors have the key {collector.key!r}; keys must be unique in a queue"
            )
        self._put((self._next_place, collector))
        self._next_place += 1

    def _replace(self, collector: Collector) -> Collector:
        with _FILLING:
            place, old = self._take(collector.key)
            self._put((place, collector))
        return old

    def _remove(self, key: str) -> Collector:
        with _FILLING:
            _, old = self._take(key)
            del self._by_key[key]
        return old

    def _put(self, place: _Place) -> None:
        collector = place[1]
        with _FILLING:
            self._by_key[collector.key] = place
            self._limited += collector._limiter is not None
            for topic in collector.topics:
                self._by_topic.setdefault(topic, {})[collector.key] = place
            self._everyone = None
            self._heard.clear()

    def _take(self, key: str) -> _Place:
        """Take a collector off its topics; its key keeps the place until it is deleted."""
        place = self._by_key[key]
        self._limited -= place[1]._limiter is not None
        for topic in place[1].topics:
            listening = self._by_topic[topic]
            del listening[key]
            if not listening:
                del self._by_topic[topic]
        self._everyone = None
        self._heard.clear()
        return place

    def __repr__(self) -> str:
        return f"Roster({list(self._by_key)!r})"


class _Items(ItemsView[str, Collector]):
    """Goes through a copy: its base would ask for each key when its turn comes."""

    _mapping: Roster

    def __iter__(self) -> Iterator[tuple[str, Collector]]:
        return iter([(key, place[1]) for key, place in list(self._mapping._by_key.items())])


class _Values(ValuesView[Collector]):
    """Goes through a copy, as `_Items` does."""

    _mapping: Roster

    def __iter__(self) -> Iterator[Collector]:
        return iter([place[1] for place in list(self._mapping._by_key.values())])


def _in_order(places: list[_Place]) -> tuple[Collector, ...]:
    if len(places) == 1:
        return (places[0][1],)
    places.sort(key=_place_number)
    return tuple(dict.fromkeys(collector for _, collector in places))
