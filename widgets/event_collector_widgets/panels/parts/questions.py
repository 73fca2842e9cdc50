"""Questions: what a click has asked about, until another click answers it, or it is too late."""

DOUBLE_CLICK = 0.5
"""Seconds for which a question cannot be answered after it was asked."""


class Question[T]:
    """What it was asked about, for so long as an answer counts.

    The answer has a button of its own, so that a click that was meant to ask never answers. A
    double click hits the button that comes: so for half a second it does not count. The page does
    not even send it, nor what a held key repeats: see `said.js`.

    Args:
        seconds: After these it must be asked again.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        nothing: T | None = None  # the reference does not know T in an attribute's own annotation
        self._about = nothing
        self._at = 0.0

    def ask(self, about: T, now: float) -> None:
        """Ask about something, in the place of what was asked before."""
        self._about, self._at = about, now

    def about(self, now: float) -> T | None:
        """What an answer is about, if it waits for one; None: it does not, or not any more."""
        return self._about if now - self._at < self.seconds else None

    def too_soon(self, now: float) -> bool:
        """Whether a click now is the second half of a double click."""
        return now - self._at < DOUBLE_CLICK

    def drop(self) -> bool:
        """Ask no more; return whether it did."""
        asked, self._about = self._about is not None, None
        return asked

    @property
    def late(self) -> float:
        """After so many seconds it does not count any more, whatever the clock's own steps."""
        return self.seconds + 0.01

    @property
    def waits(self) -> bool:
        """Whether it was asked, and neither answered nor dropped."""
        return self._about is not None
