"""Runs of one notebook compared: which cell differed, and in how many of them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

CELL = "event_collector_notebook_cell"
"""The name under which a report brings along what a cell gave."""

NOT_COMPARED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")
"""What is random or made of pixels, as nbval has it."""


class Seen(NamedTuple):
    """What a cell gave in one run."""

    notebook: str
    cell: int
    """The number of the cell, from 1, among those that run."""
    run: int
    gave: str
    """A digest."""
    failed: bool


def digest(outputs: Sequence[Any]) -> str:
    """What outputs say, as a short text that differs if they do."""
    streams: dict[str, str] = {}
    said: list[Any] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":  # what is printed may come in one message or in two
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
        elif kind == "error":
            said.append([output["ename"], output["evalue"]])
        else:
            data = output.get("data", {})
            said.append({key: data[key] for key in data if key not in NOT_COMPARED})
    text = json.dumps([said, streams], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Repeats:
    """What the cells of all notebooks gave, run by run."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], dict[int, Seen]] = {}

    def add(self, seen: Seen) -> None:
        """Note what a cell gave."""
        self._seen.setdefault((seen.notebook, seen.cell), {})[seen.run] = seen

    def differing(self) -> Iterator[tuple[str, int, int, int, int]]:
        """The cells that were not the same in all runs: notebook, cell, how many runs differed
        from what most gave, in how many the cell failed, and how often it was run."""
        for (notebook, cell), runs in sorted(self._seen.items()):
            counts = Counter((each.gave, each.failed) for each in runs.values())
            if len(counts) > 1:
                most = counts.most_common(1)[0][1]
                failed = sum(each.failed for each in runs.values())
                yield notebook, cell, len(runs) - most, failed, len(runs)

    def lines(self) -> Iterator[str]:
        """The same in words."""
        for notebook, cell, others, failed, runs in self.differing():
            red = f", failed in {failed}" if failed else ""
            yield f"{notebook}, In[{cell}]: differed in {others} of {runs} runs{red}"
