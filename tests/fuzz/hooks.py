"""The hooks of a random program: they note what they are told, are struck, and do what users do."""

import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from event_collector import CollectorQueue, Instrument, QueueClosedError, QueueFullError

if TYPE_CHECKING:
    from tests.fuzz.world import World

HOOKS = (
    *("accepted", "taken", "begun", "ended", "finished"),
    *("loop_turn", "limits_changed", "collectors_changed"),
)


class Hearing(Instrument):
    """Notes what has ended; some of its hooks are struck now and then."""

    def __init__(self, world: "World", place: int) -> None:
        self.world, self.place = world, place
        for name in HOOKS:
            if name == "finished" or world.chance(0.2):
                setattr(self, name, self._hook(name))
        if world.chance(0.3):
            self.interrupted = self._interrupted

    def _hook(self, name: str) -> Callable[..., None]:
        world, place = self.world, self.place

        def hook(*what: Any) -> None:
            if name == "finished":
                world.finished[place, what[0].id] += 1
                if not what[0].done:
                    world.wrong.append("finished, and not done")
            world.strike(0.01)
            if world.chance(0.02) and world.queues and not world.over:
                self._act(world.pick(*world.queues))

        return hook

    def _act(self, queue: CollectorQueue) -> None:
        """In a hook: do what a user may do there."""
        world = self.world
        what = world.dice.randint(0, 5)
        with suppress(QueueClosedError, QueueFullError, ValueError, RuntimeError):
            if what == 0:
                world.events.append(queue.get_publisher().send(world.payload()).event)
            elif what == 1:
                queue.set_limits(max_consumers=world.dice.randint(2, 5))
            elif what == 2:
                queue.pause()
                queue.step()
                queue.resume()
            elif what == 3:
                queue.add_instrument(Passing(queue))
            elif what == 4:
                world.events.append(queue.get_publisher().send_nowait(world.payload()))
            elif queue.running:
                queue.metrics()
                repr(queue)

    def _interrupted(self, exc: BaseException) -> None:
        self.world.heard += 1


class Passing(Instrument):
    """Is there for some events, and removes itself in a hook."""

    def __init__(self, queue: CollectorQueue) -> None:
        self.queue = ref = weakref.ref(queue)
        left = 3

        def hook(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0 and (queue := ref()) is not None:
                queue.remove_instrument(self)

        self.taken = self.begun = self.finished = hook
