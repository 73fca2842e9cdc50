"""Several animations side by side, on one clock."""

import json
from collections.abc import Mapping

import traitlets as t

from event_collector_widgets.motion.animation import trace_of
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.moving import Moving
from event_collector_widgets.motion.strips import strips
from event_collector_widgets.motion.trace import Trace

MOST = 4


class SideBySide(Moving):
    """Up to four traces side by side: see `side_by_side`."""

    _esm = joined("together_widget")

    traces_json = t.Unicode().tag(sync=True)

    def __init__(self, named: Mapping[str, Trace], speed: float, title: str) -> None:
        self._named = dict(named)
        told = ",".join(f"[{json.dumps(name)},{trace.to_json()}]" for name, trace in named.items())
        super().__init__(speed=speed, pace="clock", title=title, traces_json=f"[{told}]")

    def parts(self) -> list[tuple[str, Trace]]:
        """The traces by their names."""
        return list(self._named.items())

    def still(self) -> str:
        """The picture of one moment of all of them as an SVG: that at which they differ most.

        That is when the numbers of those that wait differ most. `motion.compared` says which it is
        where that is so of several. The same traces give the same text.
        """
        return strips(self._named, self.title)

    def __repr__(self) -> str:
        return f"SideBySide({list(self._named)!r})"


def side_by_side(
    sources: Mapping[str, object], speed: float = 1.0, *, title: str = ""
) -> SideBySide:
    """Show two to four histories side by side, on one clock that begins with the first of each.

    Under each stands how many are done, and the mean and the longest wait by then.

    Args:
        sources: By name, Traces or what `Trace.of` takes, such as histories of simulations.
        speed: How fast it plays, from 0.01 to 1,000 times.
        title: What stands above it.

    Raises:
        TypeError: `sources` is not a mapping of names; or as from `Animation`.
        ValueError: There are fewer than two or more than four; or as from `Animation`.
    """
    if not isinstance(sources, Mapping) or not all(isinstance(name, str) for name in sources):
        raise TypeError(
            f"side_by_side() takes a dict of names and histories, got {type(sources).__name__}; "
            'write side_by_side({"FIFO": one, "LIFO": another})'
        )
    if not 2 <= len(sources) <= MOST:
        raise ValueError(f"side_by_side() shows two to four histories, got {len(sources)}")
    return SideBySide({name: trace_of(each) for name, each in sources.items()}, speed, title)
