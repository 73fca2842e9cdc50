"""Faults in the limits of a collector: its timeout, its places, and who waits for one."""

from tests.faults.fault import Fault

FAULTS = (
    # Timeouts
    Fault(
        "a processor that is timed out is left running",
        "timing:in_time",
        find="value = await awaitable",
        put="value = await asyncio.shield(awaitable)",
        tests="timeouts",
    ),
    Fault(
        "a result that comes after the timeout is taken",
        "timing:in_time",
        find="if _outlasted(deadline):",
        put="if False:",
        tests="timeouts",
    ),
    Fault(
        "a processor's own error is taken for a timeout",
        "timing:in_time",
        find="if not _outlasted(deadline):",
        put="if False:",
        tests="timeouts",
    ),
    Fault(
        "waiting for a place counts towards the timeout",
        "collector:Collector._guarded",
        find="await limiter.enter(place)",
        put=(
            "async with asyncio.timeout(self._timeout):\n                await limiter.enter(place)"
        ),
        tests="timeouts limiter",
    ),
    # Places
    Fault(
        "one payload more than max_concurrency is in service in a collector",
        "limiter:Limiter.full",
        find="len(self._taken) < self.limit",
        put="len(self._taken) <= self.limit",
        tests="limiter timeouts",
    ),
    Fault(
        "a place in a collector is never given back",
        "collector:Collector._guarded",
        find="try:\n                limiter.leave(place)",
        put="try:\n                pass",
        tests="limiter",
    ),
    Fault(
        "a place that is given to one who is just cancelled is lost",
        "limiter:Limiter.enter",
        find="self.leave(place)",
        put="pass",
        tests="limiter",
    ),
    Fault(
        "a place that was taken in a loop that is closed now is lost",
        "limiter:Limiter.full",
        find="self._loop is not None and self._loop.is_closed()",
        put="False",
        tests="limiter",
    ),
    Fault(
        "who waits shortest for a place gets it first",
        "limiter:Limiter._give_away",
        find="next(iter(self._waiting.items()))",
        put="next(reversed(self._waiting.items()))",
        tests="limiter",
    ),
    # Parked events
    Fault(
        "an event for a full collector keeps a consumer from the others",
        "queued:Queued.park",
        find="collector._limiter is not None and collector._limiter.turns_away",
        put="False",
        tests="parked",
    ),
    Fault(
        "a parked event is forgotten when its collector has room",
        "limiter:Limiter._tell",
        find="tell()",
        put="pass",
        tests="limiter parked",
    ),
    Fault(
        "a parked event waits until another one is sent",
        "queued:Queued.has_more",
        find="not self.plain and self.parked.count > 0 and self.parked.ready()",
        put="False",
        tests="parked limiter",
    ),
    Fault(
        "a parked event is passed over as long as others are sent",
        "queued:Queued.replan",
        find="self.parked.count == 0",
        put="True",
        tests="parked_order limiter",
    ),
    Fault(
        "a parked event goes before a more urgent one",
        "parked:Parked.before",
        find="buffer and buffer.rank() < rank",
        put="False",
        tests="parked_order",
    ),
    Fault(
        "of the events parked for several collectors, the one that is told of first goes first",
        "parked:Parked._has_room",
        find="heappush(self._ready, (lane.waiting[0][0], lane))",
        put="self._ready.append((lane.waiting[0][0], lane))",
        tests="parked_order",
    ),
    Fault(
        "an event that one full collector let go holds a consumer at the next one",
        "queued:Queued.take",
        find="self._next(taker):\n"
        "            event, chosen = taker.event, taker.chosen\n"
        "            assert event is not None\n"
        "            if chosen and",
        put=(
            "(count := self.parked.count) >= 0 and self._next(taker):\n"
            "            event, chosen = taker.event, taker.chosen\n"
            "            assert event is not None\n"
            "            if self.parked.count == count and chosen and"
        ),
        tests="parked",
    ),
    Fault(
        "a collector that is added misses the events that wait for a place",
        "membership:Membership._bring_in",
        find="change(self._consumers, put, collector)",
        put="put(collector)",
        tests="parked",
    ),
    Fault(
        "parked events are given to a collector that was removed",
        "membership:Membership.remove",
        find="change(self._consumers, self._roster._remove, key)",
        put="self._roster._remove(key)",
        tests="membership parked",
    ),
    Fault(
        "parked events are given to a collector that was replaced",
        "changing:change",
        find="consumers.collectors_changed(left)\n    except",
        put="consumers.hooks.tell(left)\n    except",
        tests="membership parked",
    ),
    Fault(
        "a collector is deaf to its topics, since the stop button struck as it was replaced",
        "roster:Roster._changing",
        find="self._by_topic = by_topic",
        put="pass",
        tests="changing",
    ),
    Fault(
        "parked events are forgotten at a forced shutdown",
        "queued:Queued.events",
        find="*self.parked.events()",
        put="",
        tests="parked shutdown inspection",
    ),
)
