"""What it costs a burst that it is recorded, against the same burst without, in one run.

    python -m benchmarks.recording [--rounds N] [--events N]

Each round makes a burst with and one without. A ratio is that of the round's own two times, and the
table has their median, with the least and the most. The processor does nothing and never waits, so
the cost is seen as large as it can be. Lines are made in the queue's loop; a thread writes them.

- "until all is done": to the last result, while the thread writes beside.
- "until all is written": to the end of the shutdown, which waits for the thread.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bursts import a_queue, asked_for, in_words, seconds
from event_collector import Payload
from event_collector.recording import record

PAYLOADS: dict[str, Any] = {
    "an int": 21,
    "a reading": {"city": "Oslo", "sensor": 17, "celsius": 4.5, "wind": 3.25, "at": "2026-01-02"},
}
"""By name, what each event brings."""


async def burst(value: Any, events: int, path: Path | None) -> tuple[float, float]:
    """Seconds until all is done, and until the queue is shut down."""
    queue = a_queue()
    recorder = nullcontext() if path is None else record(queue, path, overwrite=True)
    payloads = [Payload(value) for _ in range(events)]
    with recorder:
        await queue.init_queue()
        done = await seconds(queue, payloads)
        began = time.perf_counter()
        await queue.shut_down_queue()
        return done, done + time.perf_counter() - began


def main() -> None:
    """Run the command."""
    rounds, events = asked_for("benchmarks.recording", __doc__)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        for name, value in PAYLOADS.items():
            found: list[tuple[float, float]] = []
            each: list[float] = []
            for _ in range(rounds):
                plain = asyncio.run(burst(value, events, None))
                recorded = asyncio.run(burst(value, events, path))
                found.append((recorded[0] / plain[0], recorded[1] / plain[1]))
                each.append(1e6 * (recorded[1] - plain[1]) / events)
            whats = "until all is done", "until all is written"
            for what, ratios in zip(whats, zip(*found, strict=True), strict=True):
                sys.stdout.write(f"{name:10} {what:22} {in_words(list(ratios))}\n")
            sys.stdout.write(f"{name:10} {'more per event':22} {median(each):5.1f} us\n")


if __name__ == "__main__":
    main()
