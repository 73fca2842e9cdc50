"""Forked: whether this process was forked from one that something was begun in.

A forked process has a copy of everything but the threads: of a loop that runs, too, which nobody
runs there. What is sent to it would reach nobody, and nobody would ever say so.
"""

import os

_forks: list[None] = []


def count() -> int:
    """How many forks lie between the first process and this one."""
    return len(_forks)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=lambda: _forks.append(None))
