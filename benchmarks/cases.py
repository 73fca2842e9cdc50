"""The cases: what is measured, what it is compared with, and the targets."""

from dataclasses import dataclass, field, replace
from typing import Literal

from benchmarks.spec import BARE, OURS, PEER, Spec

type Unit = Literal["events/s", "deliveries/s", "s", "bytes", "ms", "share"]

_VALUE: dict[Unit, str] = {
    "events/s": "rate",
    "deliveries/s": "deliveries",
    "s": "seconds",
    "bytes": "bytes",
    "share": "flat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A bound for the ratio of ours to another side, or for our own value."""

    bound: float
    against: Literal["peer", "bare"] | None = PEER
    """None: the bound is for our value itself."""
    at_most: bool = False
    """Whether the bound is the most that is allowed, not the least."""

    def met_by(self, number: float) -> bool:
        """Whether a ratio or value keeps the bound."""
        return number <= self.bound if self.at_most else number >= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the table."""

    name: str
    title: str
    spec: Spec
    unit: Unit = "events/s"
    value: str = ""
    """Which value of the measurement; empty: the one that the unit tells."""
    target: Target | None = None
    stretch: Target | None = None
    """A further bound, shown and never required."""
    alternative: str | None = None
    """The package that does this kind of thing too."""
    groups: frozenset[str] = field(default=frozenset())

    @property
    def key(self) -> str:
        """The name of the measurement's value."""
        return self.value or _VALUE[self.unit]

    @property
    def sides(self) -> list[str]:
        """Who is measured, in this order."""
        return [OURS, PEER, BARE, *([self.alternative] if self.alternative else [])]

    @property
    def more_is_better(self) -> bool:
        """Whether a larger value is a better one."""
        return self.unit in ("events/s", "deliveries/s", "share")

    def is_named(self, name: str) -> bool:
        """Whether a user's name means this case: its own, or that of a group."""
        return (
            name in (self.name, *self.groups)
            or (name == "targets" and self.target is not None)
            or (name == "alternatives" and self.alternative is not None)
        )


GROUPS = {
    "targets": "the cases with a target",
    "growth": "from 1,000 to 1,000,000 queued events, from 1 to 10,000 collectors",
    "memory": "bytes per event",
    "alternatives": "the cases that blinker, anyio or aiojobs can do too",
}

_GROWTH = frozenset({"growth"})
_MEMORY = frozenset({"memory"})
_KEY = Spec(collectors=100, delivery="KEY")
_FLAT = Spec(what="flat", collectors=10_000, fewer=100, events=10_000, bursts=3, delivery="KEY")
_LAG = Spec(what="lag", events=200_000)


def _at_least(bound: float) -> Target:
    return Target(bound=bound)


def _at_most(bound: float) -> Target:
    return Target(bound=bound, at_most=True)


def _broadcast(collectors: int) -> Spec:
    return Spec(collectors=collectors, events=20_000 // collectors)


_RATES = [
    Case(
        name="burst",
        title="burst of 20,000, one collector",
        spec=Spec(),
        target=_at_least(5),
        stretch=Target(bound=0.55, against=BARE),
        alternative="anyio",
    ),
    Case(
        name="broadcast-4",
        title="broadcast to 4 collectors",
        spec=_broadcast(4),
        target=_at_least(9),
        alternative="blinker",
    ),
    Case(
        name="broadcast-16",
        title="broadcast to 16 collectors",
        spec=_broadcast(16),
        target=_at_least(10),
        alternative="blinker",
    ),
    Case(name="key-100", title="KEY, 1 of 100 matches", spec=_KEY, target=_at_least(3.5)),
    Case(
        name="topic-100",
        title="TOPIC, 1 of 100 matches",
        spec=replace(_KEY, delivery="TOPIC"),
        target=_at_least(3.5),
    ),
    Case(
        name="key-flat",
        title="KEY, speed left from 100 to 10,000",
        spec=_FLAT,
        unit="share",
        target=Target(bound=0.7, against=None),
    ),
    Case(
        name="topic-flat",
        title="TOPIC, speed left from 100 to 10,000",
        spec=replace(_FLAT, delivery="TOPIC"),
        unit="share",
        target=Target(bound=0.7, against=None),
    ),
    Case(
        name="priority",
        title="burst by priority",
        spec=Spec(order="PRIORITY"),
        target=_at_least(4),
    ),
    Case(name="lifo", title="burst, LIFO", spec=Spec(order="LIFO"), target=_at_least(4.5)),
    Case(
        name="round-trip",
        title="send, then wait, one by one",
        spec=Spec(what="round trip"),
        target=_at_least(4),
    ),
]

_COSTS = [
    Case(
        name="sleep-1s",
        title="10,000 x sleep 1 s, up to 100,000 at once",
        spec=Spec(sleep=1.0, events=10_000, bursts=1, max_consumers=100_000),
        unit="s",
        target=_at_most(0.85),
        alternative="aiojobs",
    ),
    Case(
        name="sleep-10ms",
        title="30,000 x sleep 10 ms, up to 1,000 at once",
        spec=Spec(sleep=0.01, events=30_000, bursts=1),
        unit="s",
        target=_at_most(0.60),
        alternative="aiojobs",
    ),
    Case(
        name="memory-queued",
        title="memory of a queued event",
        spec=Spec(what="queued", events=100_000, max_consumers=1),
        unit="bytes",
        target=_at_most(0.65),
        groups=_MEMORY,
    ),
    Case(
        name="stall",
        title="longest stall while 200,000 are sent",
        spec=_LAG,
        unit="ms",
        value="longest",
        target=_at_most(0.02),
    ),
    Case(
        name="lag-p99",
        title="p99 of the heartbeat's lag meanwhile",
        spec=_LAG,
        unit="ms",
        value="p99",
        target=Target(bound=10, against=None, at_most=True),
    ),
]

_SIZES = {"1": 1, "10": 10, "100": 100, "1k": 1_000, "10k": 10_000}

_GROWING = [
    *(
        Case(
            name=f"queued-{name}",
            title=f"burst of {count:,}",
            spec=Spec(events=count, bursts=bursts),
            groups=_GROWTH,
        )
        for name, count, bursts in (
            ("1k", 1_000, 50),
            ("10k", 10_000, 10),
            ("100k", 100_000, 2),
            ("1m", 1_000_000, 1),
        )
    ),
    *(
        Case(
            name=f"collectors-{name}",
            title=f"broadcast to {count:,}",
            spec=_broadcast(count),
            unit="deliveries/s",
            groups=_GROWTH,
        )
        for name, count in _SIZES.items()
    ),
    *(
        Case(
            name=f"key-{name}",
            title=f"KEY, 1 of {count:,} matches",
            spec=Spec(collectors=count, delivery="KEY"),
            groups=_GROWTH,
        )
        for name, count in _SIZES.items()
        if name != "100"
    ),
]

CASES = [
    *_RATES,
    *_COSTS,
    *_GROWING,
    Case(
        name="memory-kept",
        title="memory of a kept event",
        spec=Spec(what="kept", events=100_000),
        unit="bytes",
        groups=_MEMORY,
    ),
]


def find(names: list[str]) -> list[Case]:
    """The cases with these names or of these groups, in the table's order; all for no name.

    Raises:
        ValueError: No case and no group has the name.
    """
    for name in names:
        if not any(case.is_named(name) for case in CASES):
            raise ValueError(
                f"no case has the name {name!r}; the cases are: "
                f"{', '.join(case.name for case in CASES)}; the groups are: {', '.join(GROUPS)}"
            )
    return [case for case in CASES if not names or any(case.is_named(name) for name in names)]
