"""Tells on the standard error how far the rounds are."""

import sys
import time
from typing import Self

_WIDTH = 24


class Progress:
    """A bar on a terminal, which is wiped away at the end; elsewhere one line per round."""

    def __init__(self, rounds: int, steps: int) -> None:
        self._rounds = rounds
        self._steps = steps
        self._done = 0
        self._start = time.monotonic()
        self._shown = 0
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the bar away."""
        if self._terminal:
            self._write("")
            sys.stderr.write("\r")

    def step(self, number: int, what: str) -> None:
        """A measurement begins, in round `number`."""
        done, total = self._done, self._rounds * self._steps
        self._done += 1
        if self._terminal:
            filled = _WIDTH * done // total
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._write(f"[{bar}] round {number} of {self._rounds}: {what}{self._left(done)}")
        elif done % self._steps == 0:
            sys.stderr.write(f"round {number} of {self._rounds}: {self._steps} measurements\n")
            sys.stderr.flush()

    def _left(self, done: int) -> str:
        if done < self._steps:
            return ""
        elapsed = time.monotonic() - self._start
        minutes, seconds = divmod(int(elapsed * (self._rounds * self._steps / done - 1)), 60)
        return f", about {minutes}:{seconds:02} left"

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<{self._shown}}")
        sys.stderr.flush()
        self._shown = len(text)
