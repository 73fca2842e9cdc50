"""Cores: how long the machine has kept this process waiting, of which no processor is to blame.

Linux tells for each thread how long it was ready to run and had no core. While the loop's thread
waits for its turn, it seems to hold the loop. So it does while another thread has the interpreter's
lock and no core: each of them may wait after the other.
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

THREADS = Path("/proc/self/task")


def waits() -> dict[str, float]:
    """Of each thread the seconds for which it had no core so far; empty where nobody tells it."""
    try:
        # Once a cell: by pathlib, and by files, it would take three times as long.
        return {thread: _wait_of(f"{THREADS}/{thread}/schedstat") for thread in os.listdir(THREADS)}  # noqa: PTH208
    except OSError:
        return {}


def _wait_of(path: str) -> float:
    try:
        told = os.open(path, os.O_RDONLY)
        try:
            return int(os.read(told, 100).split()[1]) / 1e9
        finally:
            os.close(told)
    except (OSError, ValueError, IndexError):  # it has ended
        return 0.0


def kept_waiting(
    before: Mapping[str, float], now: Mapping[str, float], own: str | None = None
) -> float:
    """Seconds for which a thread may have waited for cores between two looks, at most.

    Args:
        before: What `waits` said then.
        now: What it says now.
        own: The thread; the one that asks, unless it is given.
    """
    own = own or str(threading.get_native_id())
    more = {thread: seconds - before.get(thread, 0.0) for thread, seconds in now.items()}
    mine = more.pop(own, 0.0)
    return mine + max(0.0, *more.values(), 0.0)
