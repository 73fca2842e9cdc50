"""Beginnings: what the contexts of a workbench's collectors held before the first payload."""

from typing import NamedTuple

from event_collector import Collector, Context
from event_collector_widgets.export.literals import Literal, NoLiteralError, literal


class Beginning(NamedTuple):
    """A collector as it was when the workbench got it."""

    collector: Collector
    ctx: Context
    """Its Context, which has changed since."""
    values: dict[str, Literal | None]
    """What the Context held then; None: it has no literal."""
    accepted: int
    """How many events the queue had accepted by then."""


class Beginnings:
    """Remembers the contexts of collectors, as text, when they are put into a workbench."""

    def __init__(self) -> None:
        self._by_key: dict[str, Beginning] = {}
        self._by_ctx: dict[int, Beginning] = {}  # thousands may be put: none looks at the others

    def note(self, collector: Collector, accepted: int) -> None:
        """Remember how a collector begins. One that takes its Context over began as that did."""
        ctx = collector.ctx
        old, known = self._by_key.get(collector.key), self._by_ctx.get(id(ctx))
        values = _literals(ctx) if known is None else known.values
        if old is not None and old.ctx is not ctx:
            self._by_ctx.pop(id(old.ctx), None)
        made = Beginning(collector, ctx, values, accepted)
        self._by_key[collector.key] = self._by_ctx[id(ctx)] = made

    def forget(self, key: str) -> None:
        """Let go of a collector that was taken out, and of what its Context holds."""
        if (old := self._by_key.pop(key, None)) is not None:
            self._by_ctx.pop(id(old.ctx), None)

    def of(self, collector: Collector) -> dict[str, Literal | None]:
        """What a collector's Context held at first; what it holds now where nobody noted it."""
        known = self._by_key.get(collector.key)
        if known is None or known.ctx is not collector.ctx:
            return _literals(collector.ctx)
        return known.values

    def since(self, collectors: list[Collector]) -> int:
        """How many events had been accepted when the last of these collectors came."""
        known = [self._by_key.get(each.key) for each in collectors]
        return max((each.accepted for each in known if each is not None), default=0)


def _literals(ctx: Context) -> dict[str, Literal | None]:
    found: dict[str, Literal | None] = {}
    for name, value in vars(ctx).items():
        try:
            found[name] = literal(value)
        except NoLiteralError:
            found[name] = None
        except Exception:  # a repr that fails within
            found[name] = None
    return found
