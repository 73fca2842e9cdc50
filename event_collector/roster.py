"""The roster: a queue's collectors, in order, found by key or by topic at the same low cost."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from contextlib import contextmanager
from operator import itemgetter
from threading import RLock

from event_collector import _batching, _check
from event_collector._text import one_line
from event_collector.collector import Collector
from event_collector.errors import UnknownCollectorError

type _Place = tuple[int, Collector, tuple[Collector]]
"""Its number, who has it, and the same alone, as the router gives it for a payload with its key."""

_place_number = itemgetter(0)
_NOBODY: dict[str, _Place] = {}

_FILLING = RLock()
"""Held by who changes a roster, or fills one of its caches: a cache that one thread fills while
another empties it could keep what is there no more. Nobody needs it to read what is in a cache. One
for all rosters, which are pickled: it is held for microseconds, once after each change."""


class Roster(Mapping[str, Collector]):
    """A read-only mapping from key to Collector, in the order in which the queue was given them.

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
        self._held: dict[str, int] = {}
        """The places of those that are on their way in, by key."""
        self._latest: tuple[int, str | None] = (0, None)
        """How many changes there were; and whose the last one was, if nobody moved for it."""
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

    def _last(self) -> _Place:
        """The last one in order; there must be one."""
        return next(reversed(self._by_key.values()))

    def with_keys(self, keys: Iterable[str]) -> tuple[Collector, ...]:
        """The collectors that have one of these keys, each once, in order.

        Raises:
            TypeError: `keys` is a str.
        """
        by_key = self._by_key
        if type(keys) is list and len(keys) == 1:
            place = by_key.get(keys[0])
            return () if place is None else place[2]
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

    def _check_batches(self, consumers: int) -> None:
        """Refuse collectors whose batches are larger than there are consumers."""
        for collector in self.everyone():
            _batching.fits(collector.key, collector.batch_size, consumers)

    def _get(self, key: str) -> Collector:
        if key not in self._by_key:
            raise UnknownCollectorError(key, list(self._by_key))
        return self._by_key[key][1]

    def _to_replace(self, new: Collector, *, opened: bool) -> Collector:
        """The collector in whose place another may be put, while lifecycles are open or not."""
        old = self._get(new.key)
        if new is old:
            raise ValueError(f"{new!r} is in the queue; replace() takes a new Collector")
        if (
            opened
            and new.ctx is old.ctx
            and (new.lifecycle or old.lifecycle)
            and (new._works_here and old._works_here)
        ):
            raise ValueError(
                f"the new collector {new.key!r} shares its Context with the old one, while "
                "both their lifecycles are open for a moment; give it a Context of its own"
            )
        return old

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
        with self.place_for(collector.key), self._changing():
            self._put((self._held[collector.key], collector, (collector,)))

    @contextmanager
    def place_for(self, key: str) -> Iterator[None]:
        """Keep the next place for a collector that is on its way in, unless one is kept for it.

        Who is given to the queue first stands first, however long its lifecycle is entered: `add`
        does this. Whoever waits for something before he calls `add` does both within this.

        Args:
            key: Of the collector; one that is there has its place.
        """
        if key in self._held or key in self._by_key:
            yield
            return
        try:
            with _FILLING:
                self._held[key] = self._next_place
                self._next_place += 1
            yield
        finally:
            self._held.pop(key, None)

    def _replace(self, collector: Collector) -> Collector:
        with self._changing():
            place, old, _ = self._take(collector.key)
            self._put((place, collector, (collector,)))
        return old

    def _remove(self, key: str) -> Collector:
        with self._changing():
            _, old, _ = self._take(key)
            del self._by_key[key]
            self._latest = (self._latest[0] + 1, key)
        return old

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change it, and have all of it agree with what is there by key, if that breaks off: half
        changed by the stop button, a collector would be deaf to its topics from then on."""
        with _FILLING:
            try:
                yield
            except BaseException:
                places = self._by_key
                by_topic: dict[str, dict[str, _Place]] = {}
                for key, place in places.items():
                    for topic in place[1].topics:
                        by_topic.setdefault(topic, {})[key] = place
                self._by_topic = by_topic
                self._limited = sum(one[1]._limiter is not None for one in places.values())
                self._everyone = None
                self._heard.clear()
                self._latest = (self._latest[0] + 1, None)
                raise

    def _put(self, place: _Place) -> None:
        collector = place[1]
        with _FILLING:
            by_key = self._by_key
            if by_key and collector.key not in by_key and place[0] < self._last()[0]:
                # It was overtaken on its way in. The whole is put in its place at once: whoever
                # reads in another thread goes through the old one or the new one.
                places = sorted([*by_key.values(), place], key=_place_number)
                self._by_key = {each[1].key: each for each in places}
                self._latest = (self._latest[0] + 1, None)
            else:
                by_key[collector.key] = place
                self._latest = (self._latest[0] + 1, collector.key)
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
        return places[0][2]
    places.sort(key=_place_number)
    return tuple(dict.fromkeys(place[1] for place in places))
