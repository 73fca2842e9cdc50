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
    against: str | None = PEER
    """A side, such as BARE or an alternative; None: the bound is for our value itself."""
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
    targets: tuple[Target, ...] = ()
    alternative: str | None = None
    """The package that does this kind of thing too."""
    ours_only: bool = False
    """Whether neither the peer nor bare asyncio has anything like it."""
    groups: frozenset[str] = field(default=frozenset())

    @property
    def key(self) -> str:
        """The name of the measurement's value."""
        return self.value or _VALUE[self.unit]

    @property
    def sides(self) -> list[str]:
        """Who is measured, in this order."""
        others = [] if self.ours_only else [PEER, BARE]
        return [OURS, *others, *([self.alternative] if self.alternative else [])]

    def target_against(self, side: str) -> Target | None:
        """The bound for the ratio of ours to a side's value, if there is one."""
        return next((target for target in self.targets if target.against == side), None)

    @property
    def more_is_better(self) -> bool:
        """Whether a larger value is a better one."""
        return self.unit in ("events/s", "deliveries/s", "share")

    def is_named(self, name: str) -> bool:
        """Whether a user's name means this case: its own, or that of a group."""
        return (
            name in (self.name, *self.groups)
            or (name == "targets" and bool(self.targets))
            or (name == "alternatives" and self.alternative is not None)
        )


GROUPS = {
    "targets": "the cases with a target",
    "growth": "from 1,000 to 1,000,000 queued events, from 1 to 10,000 collectors",
    "memory": "bytes per event",
    "alternatives": "the cases that blinker, anyio, aiojobs or SimPy can do too",
}

_GROWTH = frozenset({"growth"})
_MEMORY = frozenset({"memory"})
_KEY = Spec(collectors=100, delivery="KEY")
_FLAT = Spec(what="flat", collectors=10_000, fewer=100, events=10_000, bursts=3, delivery="KEY")
_LAG = Spec(what="lag", events=200_000)


def _at_least(**bounds: float) -> tuple[Target, ...]:
    """By side, the least that the ratio of ours to its value may be."""
    return tuple(Target(bound=bound, against=side) for side, bound in bounds.items())


def _at_most(bound: float) -> tuple[Target, ...]:
    return (Target(bound=bound, at_most=True),)


def _broadcast(collectors: int) -> Spec:
    return Spec(collectors=collectors, events=20_000 // collectors)


_RATES = [
    Case(
        name="burst",
        title="burst of 20,000, one collector",
        spec=Spec(),
        targets=_at_least(bare=0.7, peer=3.3),
        alternative="anyio",
    ),
    Case(
        name="broadcast-4",
        title="broadcast to 4 collectors",
        spec=_broadcast(4),
        targets=_at_least(blinker=1, peer=5.4),
        alternative="blinker",
    ),
    Case(
        name="broadcast-16",
        title="broadcast to 16 collectors",
        spec=_broadcast(16),
        targets=_at_least(blinker=1.8, peer=6.1),
        alternative="blinker",
    ),
    Case(
        name="key-100",
        title="KEY, 1 of 100 matches",
        spec=_KEY,
        targets=_at_least(bare=0.6, peer=2.6),
    ),
    Case(
        name="topic-100",
        title="TOPIC, 1 of 100 matches",
        spec=replace(_KEY, delivery="TOPIC"),
        targets=_at_least(bare=0.6, peer=2.6),
    ),
    Case(
        name="key-flat",
        title="KEY, speed left from 100 to 10,000",
        spec=_FLAT,
        unit="share",
        targets=(Target(bound=0.7, against=None),),
    ),
    Case(
        name="topic-flat",
        title="TOPIC, speed left from 100 to 10,000",
        spec=replace(_FLAT, delivery="TOPIC"),
        unit="share",
        targets=(Target(bound=0.7, against=None),),
    ),
    Case(
        name="priority",
        title="burst by priority",
        spec=Spec(order="PRIORITY"),
        targets=_at_least(peer=3.3),
    ),
    Case(
        name="lifo",
        title="burst, LIFO",
        spec=Spec(order="LIFO"),
        targets=_at_least(bare=0.7, peer=3.4),
    ),
    Case(
        name="round-trip",
        title="send, then wait, one by one",
        spec=Spec(what="round trip"),
        targets=_at_least(peer=3),
    ),
]

_COSTS = [
    Case(
        name="sleep-1s",
        title="10,000 x sleep 1 s, up to 100,000 at once",
        spec=Spec(sleep=1.0, events=10_000, bursts=1, max_consumers=100_000),
        unit="s",
        targets=_at_most(0.85),
        alternative="aiojobs",
    ),
    Case(
        name="sleep-10ms",
        title="30,000 x sleep 10 ms, up to 1,000 at once",
        spec=Spec(sleep=0.01, events=30_000, bursts=1),
        unit="s",
        targets=_at_most(0.60),
        alternative="aiojobs",
    ),
    Case(
        name="memory-queued",
        title="memory of a queued event",
        spec=Spec(what="queued", events=100_000, max_consumers=1),
        unit="bytes",
        targets=_at_most(0.65),
        groups=_MEMORY,
    ),
    Case(
        name="stall",
        title="longest stall while 200,000 are sent",
        spec=_LAG,
        unit="ms",
        value="longest",
        targets=_at_most(0.02),
    ),
    Case(
        name="lag-p99",
        title="p99 of the heartbeat's lag meanwhile",
        spec=_LAG,
        unit="ms",
        value="p99",
        targets=(Target(bound=10, against=None, at_most=True),),
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
    Case(
        name="carried",
        title="burst in the senders' contexts, speed left",
        spec=Spec(what="carried", carry=True),
        unit="share",
        targets=(Target(bound=0.8, against=None),),
        ours_only=True,
    ),
    Case(
        name="frame",
        title="DataFrame of 100,000 kept events, 3 collectors",
        spec=Spec(what="frame", events=100_000, bursts=3, collectors=3),
        unit="s",
        ours_only=True,
    ),
    Case(
        name="simulated",
        title="50,000 events simulated, M/M/1",
        spec=Spec(what="simulated", events=50_000, bursts=3, max_consumers=1),
        targets=_at_least(simpy=1),
        alternative="simpy",
        ours_only=True,
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
