"""Faults in the way of an event to the consumers: sent, queued, in its order."""

from tests.faults.fault import Fault
from tests.notebooks.course import ORDER

FAULTS = (
    # Senders
    Fault(
        "an event waits for a busy consumer though another is free",
        "consumers:Consumers.accept",
        find="len(self.active) < self.limits[1]",
        put="not self.active",
        tests="consumers dispatch",
    ),
    Fault(
        "a sender that is cancelled while it waits for room loses its payload",
        "publisher:Sending.__await__",
        find="yield from room.wait()",
        put=(
            "try:\n"
            "                yield from room.wait()\n"
            "            except BaseException:\n"
            "                consumers.queued.buffer.remove(event)\n"
            "                raise"
        ),
        tests="publisher",
    ),
    Fault(
        "senders that wait for room are never let go",
        "queued:Queued.take",
        find="self.room.let_go(len(self))",
        put="pass",
        tests="waiting queue publisher",
    ),
    Fault(
        "a sender too few is let go when there is room",
        "_core.waiting:Room.let_go",
        find="queued - self.limit < len(self._waiting)",
        put="queued - self.limit < len(self._waiting) - 1",
        tests="waiting",
    ),
    Fault(
        "the sender that waits shortest is let go first",
        "_core.waiting:Room._wake",
        find="next(iter(line))",
        put="next(reversed(line))",
        tests="waiting",
    ),
    Fault(
        "a sender that gave up takes the room of one that waits",
        "_core.waiting:Room.wait",
        find="self._waiting.pop(turn, None)",
        put="pass",
        tests="waiting",
    ),
    Fault(
        "a sender who comes later overtakes one who was just let go",
        "_core.waiting:Room.let_go",
        find="self._wake(self._waiting, self.going)",
        put="self._wake(self._waiting, set())",
        tests="waiting publisher",
    ),
    Fault(
        "a queue whose loop ended while a sender waited keeps its room",
        "queued:Queued.close",
        find="self.room = None",
        put="pass",
        tests="shutdown waiting lifespan",
    ),
    Fault(
        "send_nowait accepts one more than max_queued",
        "publisher:EventPublisher.send_nowait",
        find="room.full(len(consumers.queued))",
        put="room.full(len(consumers.queued) - 1)",
        tests="publisher",
    ),
    Fault(
        "senders in a burst keep the loop to themselves",
        "publisher:Sending.__await__",
        find="event.id % _TURN == 0",
        put="False",
        tests="waiting",
    ),
    Fault(
        "a history misses events",
        "consumers:Consumers.accept",
        find="self.hooks.tell_of(left, event)",
        put="event.id % 2 and self.hooks.tell_of(left, event)",
        tests="history",
    ),
    # Order
    Fault(
        "FIFO gives the newest first",
        "buffer:_Fifo",
        find="deque.popleft",
        put="deque.pop",
        tests="buffer",
        notebook=ORDER,
    ),
    Fault(
        "LIFO gives the oldest first",
        "buffer:_Lifo",
        find=(
            "at = -1\n    ranked = False\n    push = put_back = list.append\n"
            "    take_first = staticmethod(list.pop)"
        ),
        put=(
            "at = 0\n    ranked = False\n    push = put_back = list.append\n"
            "    take_first = staticmethod(lambda self: list.pop(self, 0))"
        ),
        tests="buffer",
        notebook=ORDER,
    ),
    Fault(
        "the least urgent is taken first",
        "buffer:_Priority.push",
        find="(int.__index__(priority), event.id, event)",
        put="(-int.__index__(priority), event.id, event)",
        tests="buffer",
        notebook=ORDER,
    ),
    Fault(
        "equally urgent events are taken in the reverse order of sending",
        "buffer:_Priority.push",
        find="(int.__index__(priority), event.id, event)",
        put="(int.__index__(priority), -event.id, event)",
        tests="buffer",
    ),
    Fault(
        "equally urgent events are taken in no order",
        "buffer:_Priority.push",
        find="(int.__index__(priority), event.id, event)",
        put="(int.__index__(priority), event.id ^ 5, event)",
        tests="buffer",
        notebook=ORDER,
    ),
    Fault(
        "default_priority is ignored",
        "buffer:make_buffer",
        find="_Priority(default_priority)",
        put="_Priority(1000)",
        tests="buffer",
        notebook=ORDER,
    ),
    # Pausing
    Fault(
        "a pause does not hold",
        "queued:Queued.replan",
        find="self._steps_left is None",
        put="True",
        tests="pausing",
    ),
    Fault(
        "a step takes one event too many",
        "queued:Queued.step",
        find="(self._steps_left or 0) + count",
        put="(self._steps_left or 0) + count + 1",
        tests="pausing",
    ),
    Fault(
        "steps do not add up",
        "queued:Queued.step",
        find="(self._steps_left or 0) + count",
        put="count",
        tests="pausing",
    ),
    Fault(
        "pausing again does not take the steps back",
        "queued:Queued.pause",
        find="self._steps_left = 0",
        put="self._steps_left = self._steps_left or 0",
        tests="pausing",
    ),
    Fault(
        "events queued in a pause stay there when it ends",
        "queued:Queued.resume",
        find="self._tell()",
        put="pass",
        tests="pausing",
    ),
    Fault(
        "a pause outlasts a shutdown",
        "consumers:Consumers.close",
        find="self.queued.resume()",
        put="pass",
        tests="pausing",
    ),
    Fault(
        "a thread waits for ever for an event that an ended loop has left behind",
        "outside:Call._accept",
        find="self._consumers.outside[results] = event",
        put="self._consumers.outside.pop(results)",
        tests="lifespan",
    ),
    Fault(
        "a thread waits for ever for a loop that has ended before it accepted the payload",
        "shutdown:tell_threads",
        find="future.set_exception(closed)",
        put="pass",
        tests="lifespan keeper",
    ),
    # Threads that wait for room
    Fault(
        "a payload is accepted though its thread was told that it is not",
        "outside:Call._take",
        find="if self._given_up:",
        put="if False:",
        tests="outside",
    ),
    Fault(
        "a thread that has given up stays in the line",
        "outside:Call._leave_line",
        find="self._waiting.cancel()",
        put="pass",
        tests="outside",
    ),
    Fault(
        "a thread waits for room in the queue's own thread",
        "outside:in_own_thread",
        find="here = _get_running_loop()",
        put="return False",
        tests="outside",
    ),
)
