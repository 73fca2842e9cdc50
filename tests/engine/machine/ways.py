"""Ways: what must make no difference to a run, and the readings by which runs are compared.

A queue that need not heed anything takes its events in the consumer's fast path. Each way makes
it heed something that never matters: the consumer goes the general path then, with the same
results. To add a way: one more entry in WAYS.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import starmap
from typing import Any

from event_collector import (
    CollectorQueue,
    Context,
    History,
    Instrument,
    Payload,
    Processor,
    Result,
)
from event_collector._core.hooks import HOOKS
from tests.engine.machine.ledger import Ledger
from tests.engine.machine.plan import (
    Change,
    Doing,
    Pause,
    Place,
    Plan,
    Resume,
    Send,
    Sleep,
    Start,
    Step,
    StepOn,
    Stop,
    Turns,
    WaitForAll,
)
from tests.engine.machine.run import play

PLENTY = 1_000_000_000
"""A bound that is never reached."""

CALM = ("ok", "value", "error", "raise")
"""How processors end in a calm plan."""


@dataclass(frozen=True, repr=False)
class Way:
    """One thing to heed that makes no difference."""

    name: str
    change: Callable[[Plan], Plan] = lambda plan: plan
    """The plan with it."""
    prepare: Callable[[CollectorQueue], object] = id
    """What is done to the queue before it is started. What it returns is kept until the end."""
    fits: Callable[[Plan], bool] = lambda _: True
    """Whether it makes no difference to a plan."""

    def __repr__(self) -> str:
        return self.name


def with_places(plan: Plan, **limits: Any) -> Plan:
    """The plan with these limits for each of its collectors that has none of the kind."""

    def limited(place: Place) -> Place:
        return replace(place, **{k: v for k, v in limits.items() if getattr(place, k) is None})

    steps = [
        replace(step, place=limited(step.place)) if isinstance(step, Change) else step
        for step in plan.steps
    ]
    return replace(plan, collectors=tuple(map(limited, plan.collectors)), steps=tuple(steps))


def calm(plan: Plan) -> Plan:
    """The plan with nothing to heed, and nothing that depends on single turns of the loop: no
    event that takes time ends in the moment of another's end or beginning."""

    def unlimited(place: Place) -> Place:
        return replace(place, timeout=None, max_concurrency=None, batch_size=None)

    def doing(number: int, one: Doing) -> Doing:
        seconds = int(one.seconds * 10) / 10 + (number + 1) / 997
        return Doing(seconds=seconds, then=one.then if one.then in CALM else "ok")

    def calmed(number: int, step: Step) -> Step:
        match step:
            case Send():
                does = {key: doing(number, one) for key, one in step.does.items()}
                how = "awaited" if step.how == "cancelled" else step.how
                waiters = tuple(0 for _ in step.waiters if number % 2)
                return replace(step, how=how, does=does, waiters=waiters)
            case Turns():
                return Sleep(0.1 * step.n)
        return step

    return replace(
        plan,
        collectors=tuple(map(unlimited, plan.collectors)),
        steps=tuple(starmap(calmed, enumerate(plan.steps))),
        router="simple",
        max_queued=None,
        shutdown_timeout=None,
        carry_context=False,
        released=True,
        cancelled=0,
    )


def with_barriers(plan: Plan) -> Plan:
    """Somebody waits for all events, from the very moment in which one is sent."""
    steps: list[Step] = []
    for step in plan.steps:
        steps += [step, WaitForAll(at_once=True)] if isinstance(step, Send) else [step]
    return replace(plan, steps=tuple(steps))


def is_calm(plan: Plan) -> bool:
    """Whether a custom router makes no difference. Its event is taken before it is asked, and
    holds a consumer while a collector is full. An interrupt that a processor raises, and a
    shutdown that cuts off, hit the router too, which gives one Error for all then. And in which
    turn of the loop each of several collectors goes on is not the same."""
    changes = any(isinstance(step, Change | Stop | Start) for step in plan.steps)
    return not changes and plan == calm(plan)


def pauses(plan: Plan) -> bool:
    """Whether the plan itself pauses the queue."""
    return any(isinstance(step, Pause | Resume | StepOn) for step in plan.steps)


def every_hook(queue: CollectorQueue) -> Instrument:
    """Somebody is told of everything, and does nothing."""
    instrument = Instrument()
    for name in HOOKS:
        if name != "interrupted":  # with that one an interrupt is handled
            setattr(instrument, name, lambda *_: None)
    queue.add_instrument(instrument)
    return instrument


class Wrapping(Instrument):
    """Wraps every collector that there is, and each that comes, in what changes nothing."""

    def __init__(self, queue: CollectorQueue) -> None:
        self._queue = queue
        self._wrapped: set[str] = set()
        self.collectors_changed()

    def collectors_changed(self) -> None:
        for key in self._queue.collectors:
            if key not in self._wrapped:
                self._wrapped.add(key)
                self._queue.wrap(key, passes)


def wrapped(queue: CollectorQueue) -> object:
    """Each key has a wrap, those too that come later."""
    queue.add_instrument(wrapping := Wrapping(queue))
    return wrapping


async def passes(payload: Payload[Any], ctx: Context, processor: Processor) -> Result:
    """A wrap that changes nothing."""
    return await processor(payload, ctx)


class Limiting(Instrument):
    """Sets the limits to what they are, again and again."""

    def __init__(self, queue: CollectorQueue) -> None:
        self._queue = queue

    def accepted(self, event: Any) -> None:
        queue = self._queue
        queue.set_limits(
            min_consumers=queue.min_consumers,
            max_consumers=queue.max_consumers,
            max_queued=queue.max_queued,
        )


def limited(queue: CollectorQueue) -> object:
    """The limits are set to what they are, before and with each event."""
    queue.set_limits()
    queue.add_instrument(limiting := Limiting(queue))
    return limiting


WAYS = [
    Way("a route of one's own", partial(replace, router="own route")),
    Way("a bound of the queue", partial(replace, max_queued=PLENTY)),
    Way("limits of the collectors", partial(with_places, max_concurrency=PLENTY)),
    Way("timeouts of the collectors", partial(with_places, timeout=float(PLENTY))),
    Way(
        "steps of a paused queue",
        lambda plan: replace(plan, steps=(Pause(), StepOn(PLENTY), Turns(), *plan.steps)),
        fits=lambda plan: not pauses(plan),
    ),
    Way("barriers", with_barriers),
    Way("a history", prepare=History),
    Way("an instrument with every hook", prepare=every_hook),
    Way("carried contexts", partial(replace, carry_context=True)),
    Way("somebody who has asked for the current event", prepare=CollectorQueue.current_event),
    Way("wraps that change nothing", prepare=wrapped),
    Way("limits set to what they are", prepare=limited),
    Way(
        "a router that dispatches",
        partial(replace, router="own dispatch"),
        fits=is_calm,
    ),
]


def played(plan: Plan, ways: Iterable[Way] = ()) -> dict[str, Any]:
    """Play a plan in those of these ways that make no difference to it; give the readings."""
    fitting = [way for way in ways if way.fits(plan)]
    for way in fitting:
        plan = way.change(plan)
    return readings(play(plan, lambda queue: [way.prepare(queue) for way in fitting]))


def readings(ledger: Ledger) -> dict[str, Any]:
    """What a user can read of a run: of each event, of each processor's work, and all counts."""
    ids = {number: event.id for number, event in ledger.events.items()}
    return {
        "events": [
            (event.id, event.consumer, event.accepted_at, event.taken_at, event.finished_at)
            for event in ledger.events.values()
        ],
        "results": [
            (event.id, repr(event.result), event.result and event.result.keys)
            for event in ledger.events.values()
        ],
        "runs": sorted(  # whose of one moment is noted first says nothing
            repr((ids[number], collector.key, run.began, run.ended, run.raised or run.returned))
            for (number, collector), runs in ledger.runs.items()
            for run in runs
        ),
        "told": [
            (waiter.event.id, repr(waiter.got), waiter.ended is not None)
            for waiter in ledger.waiters
        ],
        "unclaimed": [*map(repr, ledger.unclaimed)],
        "metrics": {
            name: "nan" if value != value else value
            for name, value in asdict(ledger.queue.metrics()).items()
            if name != "blocking"  # a sum of seconds, which is rounded by the order it is made in
        },
        "blocking": {
            key: round(seconds, 9) for key, seconds in ledger.queue.metrics().blocking.items()
        },
    }
