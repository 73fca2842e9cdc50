"""Several traces at one moment of one clock, which begins with the first thing of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan

from event_collector_widgets.motion.moments import Moment, at, collectors_at, counted
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.numbers import count, duration


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the traces, as it was then."""

    name: str
    trace: Trace
    moment: Moment

    @property
    def keys(self) -> list[str]:
        """The collectors that were there, and those that gave results; "" where nobody told."""
        there = dict.fromkeys(one.key for one in collectors_at(self.trace, self.moment.time))
        return list(there | dict.fromkeys(key for key, _ in sorted(self.moment.results)))

    @property
    def waits(self) -> tuple[float, float]:
        """The mean and the longest wait of those that had been taken, in seconds, or nan."""
        now = self.moment.time
        found = [
            event.taken - event.accepted
            for event in self.trace.events
            if now is not None and event.taken is not None and event.taken <= now
        ]
        return (sum(found) / len(found), max(found)) if found else (nan, nan)


def compare(named: Mapping[str, Trace]) -> tuple[float, list[Compared]]:
    """The seconds after which the traces differ most, and each as it was then.

    That is when the numbers of those that wait differ most; of several such times when the most
    kinds of places are taken in all of them together, of these when the most wait, and of these the
    last.
    """
    best, after = (-1, 0, 0), 0.0
    times: list[float | None] = [None] * len(named)
    now, waiting, kinds = times.copy(), [0] * len(named), [0] * len(named)
    steps = sorted(
        (time - trace.events[0].accepted, place, time, wait, taken)
        for place, trace in enumerate(named.values())
        for time, wait, taken in _steps(trace)
    )
    for turn, (seconds, place, time, wait, taken) in enumerate(steps):
        now[place], waiting[place], kinds[place] = time, wait, taken
        if turn + 1 < len(steps) and steps[turn + 1][0] == seconds:
            continue  # all that happens at one time
        score = max(waiting) - min(waiting), sum(kinds), sum(waiting)
        if score >= best:
            best, after, times = score, seconds, now.copy()
    pairs = zip(named.items(), times, strict=True)
    return after, [Compared(name, trace, at(trace, time)) for (name, trace), time in pairs]


def _steps(trace: Trace) -> Iterator[tuple[float, int, int]]:
    """For each time: how many wait after it, and how many kinds of places are taken."""
    for time, counts in counted(trace):
        yield time, counts["waiting"], sum(count > 0 for count in counts.values())


def waiting_line(trace: Trace) -> list[tuple[float, int]]:
    """How many wait, by the seconds since the first one came."""
    return [(time - trace.events[0].accepted, wait) for time, wait, _ in _steps(trace)]


def in_words(after: float, compared: list[Compared]) -> str:
    """All that the picture shows, as sentences."""
    said = [f"After {seconds_of(after)}"]
    for one in compared:
        moment = one.moment
        waiting = moment.buffer + moment.parked
        first = f", {moment.buffer[0].text} goes next" if moment.buffer else ""
        parts = [f"{len(waiting):,} wait{first}", f"{len(moment.service):,} in service"]
        for key in one.keys:
            ok, error = moment.results[key, "Ok"], moment.results[key, "Error"]
            parts.append(f"{key or 'nobody told'}: {ok:,} Ok, {count(error, 'Error')}")
        parts.append(f"{len(moment.undelivered):,} undelivered")
        done = f"{moment.finished:,} of {len(one.trace.events):,} done"
        said.append(f"{one.name}: {done}; {'; '.join(parts)}")
    return ". ".join(said) + "."


def seconds_of(seconds: float) -> str:
    """A duration as the animation says it: minutes from five of them on."""
    return f"{seconds:.3g} s" if 1 <= seconds < 300 else duration(seconds)


def rows_of(one: Compared) -> dict[str, str]:
    """The numbers of one trace by what they are."""
    moment = one.moment
    mean, longest = one.waits
    rows = {
        "sent": f"{moment.accepted:,}",
        "in the buffer": f"{len(moment.buffer):,}",
        "parked": f"{len(moment.parked):,}",
        "in service": f"{len(moment.service):,}",
        "done": f"{moment.finished:,}",
        "undelivered": f"{len(moment.undelivered):,}",
        "cut off": f"{len(moment.cut_off):,}",
        "mean wait": seconds_of(mean),
        "longest wait": seconds_of(longest),
    }
    for key in one.keys:
        for how in ("Ok", "Error"):
            rows[f"{key or 'nobody told'}: {how}"] = f"{moment.results[key, how]:,}"
    return rows
