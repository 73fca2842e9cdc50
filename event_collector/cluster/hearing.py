"""Hearing: who keeps what code shows; the tasks and threads that it starts have that, too."""

import contextvars
from typing import Any

type Pieces = list[tuple[str, Any]]
"""What was shown, in order: "out" or "err" and a text, "log" and what a record is made of, or
"display" or "figure" with data and metadata by MIME type: the latter was left open, not shown."""

LIMIT = 1_000_000
"""So many characters travel of one event; then a line says that there was more."""

_PIECES: contextvars.ContextVar["Heard | None"] = contextvars.ContextVar("shown", default=None)


class Heard:
    """What the code of one context has shown.

    Args:
        ends: Whether it is a processor's, which ends, and what it has left open with it.
    """

    __slots__ = ("_room", "drew", "ends", "pieces")

    def __init__(self, *, ends: bool = False) -> None:
        self.pieces: Pieces = []
        self.ends = ends
        self.drew = False
        """Whether it has made figures."""
        self._room = LIMIT

    def add(self, kind: str, size: int, what: Any) -> None:
        """Keep a piece, unless there is too much already."""
        if self._room < 0:
            return
        self._room -= size
        if self._room < 0:
            self.pieces.append(
                ("err", f"\n(more than {LIMIT:,} characters: the rest is left out)\n")
            )
        else:
            self.pieces.append((kind, what))

    def take(self) -> Pieces:
        """What was shown since this was last asked."""
        taken, self.pieces = self.pieces, []
        return taken


def heard_here() -> Heard | None:
    """Who hears what the current context shows; None where it is for no event."""
    return _PIECES.get()


def hear(*, ends: bool = False) -> Heard:
    """Keep what the current context shows from now on."""
    heard = Heard(ends=ends)
    _PIECES.set(heard)
    return heard
