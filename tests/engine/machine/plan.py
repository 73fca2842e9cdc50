"""Plans: what a run of the machine does, step by step, and the script that repeats it."""

from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from event_collector import Delivery, QueueType

KEYS, TOPICS = "abc", "xy"

INTERRUPTS = ("KeyboardInterrupt", "SystemExit")
CANCELS_ITSELF = ("raise cancelled", "cancel and wait")
THEN = (
    "ok",
    "value",
    "error",
    "raise",
    *CANCELS_ITSELF,
    "cancel",
    "swallow",
    *INTERRUPTS,
    "hang",
    "linger",
)
WAITS = ("cancel and wait", "swallow", "hang", "linger")
LIFECYCLES = ("none", "plain", "slow", "fails at first", "fails to enter", "fails to leave")
LINGERS = 3.0
"""Seconds for which a processor lingers after it was cancelled: a shutdown gives it up sooner."""


class Part:
    """A part of a plan. Its repr is code that makes it, without what is as usual."""

    def __repr__(self) -> str:
        said = []
        for one in fields(self):  # type: ignore[arg-type]
            factory = one.default_factory
            usual = one.default if factory is MISSING else factory()
            if (value := getattr(self, one.name)) != usual:
                said.append(f"{one.name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"


@dataclass(frozen=True, repr=False)
class Doing(Part):
    """What a processor does with an event, in this order."""

    turns: int = 0
    """It lets the loop come round so many times."""
    seconds: float = 0.0
    """It waits."""
    computes: float = 0.0
    """It holds the loop for so many seconds."""
    then: str = "ok"
    """How it ends, one of THEN: "hang" waits until it is released or cancelled, "linger" too, but
    goes on for LINGERS seconds when it is cancelled."""


@dataclass(frozen=True, repr=False)
class Place(Part):
    """A collector."""

    key: str
    topics: tuple[str, ...] = ()
    timeout: float | None = None
    max_concurrency: int | None = None
    lifecycle: str = "plain"
    """One of LIFECYCLES."""
    at_once: bool = False
    """Whether its processor cannot wait: it leaves out whatever it would have to wait for."""
    batch_size: int | None = None
    """With more than there are consumers: as many as there are."""
    linger: float | None = None


@dataclass(frozen=True, repr=False)
class Send(Part):
    """Send a payload."""

    how: str = "bare"
    """ "bare", "awaited", "cancelled" (its sender is) or "nowait"."""
    delivery: Delivery = Delivery.BROADCAST
    keys: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    priority: int | None = None
    does: dict[str, Doing] = field(default_factory=dict)
    """By key, where it is not the usual Doing()."""
    waiters: tuple[int, ...] = ()
    """In which of its turns each waiter is cancelled; 0: in none."""

    def doing(self, place: Place) -> Doing:
        """What the processor of a collector does with it."""
        doing = self.does.get(place.key, Doing())
        if not place.at_once:
            return doing
        return Doing(computes=doing.computes, then="ok" if doing.then in WAITS else doing.then)


@dataclass(frozen=True, repr=False)
class Change(Part):
    """Add, replace or remove a collector, and do not wait for that."""

    method: str
    place: Place
    cancelled: int = 0
    """In which of its turns it is cancelled; 0: in none. So it is with all steps below."""


@dataclass(frozen=True, repr=False)
class Pause(Part):
    """Pause the queue."""


@dataclass(frozen=True, repr=False)
class Resume(Part):
    """Resume the queue."""


@dataclass(frozen=True, repr=False)
class StepOn(Part):
    """Let the paused queue take some events."""

    n: int = 1


@dataclass(frozen=True, repr=False)
class Release(Part):
    """Let all processors go on that hang."""


@dataclass(frozen=True, repr=False)
class Settle(Part):
    """Wait until the queue has settled, in a task."""

    timeout: float = 0.0
    cancelled: int = 0


@dataclass(frozen=True, repr=False)
class WaitForAll(Part):
    """Wait for all events accepted so far, in a task."""

    cancelled: int = 0
    at_once: bool = False
    """Whether the task begins at once, not with the next turn of the loop."""


@dataclass(frozen=True, repr=False)
class Stop(Part):
    """Shut the queue down, in a task."""

    cancelled: int = 0


@dataclass(frozen=True, repr=False)
class Start(Part):
    """Start the queue, in a task."""

    cancelled: int = 0


@dataclass(frozen=True, repr=False)
class Turns(Part):
    """Let the loop come round."""

    n: int = 1


@dataclass(frozen=True, repr=False)
class Sleep(Part):
    """Let time pass."""

    seconds: float = 1.0


type Step = (
    Send
    | Change
    | Pause
    | Resume
    | StepOn
    | Release
    | Settle
    | WaitForAll
    | Stop
    | Start
    | Turns
    | Sleep
)


@dataclass(frozen=True, repr=False)
class Plan(Part):
    """A whole run, from the queue's settings to how it is shut down in the end."""

    collectors: tuple[Place, ...] = ()
    steps: tuple[Step, ...] = ()
    router: str = "simple"
    """ "simple", "own route" or "own dispatch"."""
    queue_type: QueueType = QueueType.FIFO
    min_consumers: int = 0
    max_consumers: int = 1
    max_queued: int | None = None
    shutdown_timeout: float | None = None
    released: bool = True
    """Whether what hangs is released before the last shutdown, as it must be without timeout."""
    cancelled: int = 0
    """In which of its turns the last shutdown is cancelled; 0: in none."""
    carry_context: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of the queue that the plan says as they are."""
        names = ("queue_type", "min_consumers", "max_consumers", "max_queued", "shutdown_timeout")
        return {name: getattr(self, name) for name in (*names, "carry_context")}

    def sent(self, number: int) -> Send:
        """The step with this number, which sends."""
        step = self.steps[number]
        assert isinstance(step, Send)
        return step


def script(plan: Plan) -> str:
    """A program that repeats a run; to be run in the project's folder."""
    names = sorted(part.__name__ for part in Part.__subclasses__())
    lines = [
        "# In the project's folder: python - < this_script.py",
        "from event_collector import Delivery, QueueType",
        f"from tests.engine.machine.plan import {', '.join(names)}",
        "from tests.engine.machine import play",
        "",
        "plan = Plan(",
    ]
    for one in fields(plan):
        value = getattr(plan, one.name)
        if isinstance(value, tuple):
            lines += [f"    {one.name}=(", *(f"        {part!r}," for part in value), "    ),"]
        elif value != one.default:
            lines.append(f"    {one.name}={value!r},")
    return "\n".join([*lines, ")", "play(plan)", ""])
