"""Expected failures: written down in the notebook, where they are made."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from event_collector_widgets.guard.cells import EXPECT, RUN, Run
from event_collector_widgets.guard.faults import Fault, said


@dataclass(eq=False, slots=True)
class Expectation:
    """What is expected to fail of what is made within a block."""

    types: tuple[type[BaseException], ...]
    run: Run | None
    entered: float
    left: float = float("inf")
    met: bool = False

    def covers(self, fault: Fault) -> bool:
        """Whether a fault was made within the block, and is of a kind that is expected."""
        within = fault.at is not None and self.entered <= fault.at <= self.left
        if not within or (fault.types and not any(each in fault.types for each in self.types)):
            return False
        self.met = True
        return True

    def __str__(self) -> str:
        return f"expect_errors({', '.join(each.__name__ for each in self.types)})"


@dataclass(slots=True)
class Expected:
    """All expectations of a notebook."""

    now: Callable[[], float] = lambda: 0.0
    """Tells the time of the loop's clock."""
    all: list[Expectation] = field(default_factory=list)

    @contextmanager
    def block(self, types: tuple[type[BaseException], ...]) -> Iterator[None]:
        """Within it failures of these types are expected; one that it raises itself ends here."""
        one = Expectation(types, RUN.get(), self.now())
        self.all.append(one)
        token = EXPECTED.set(one)
        try:
            yield
        except types as error:
            if not isinstance(error, Exception):
                raise
            one.met = True
            if one.run is not None:
                one.run.met = True
            print(f"expected: {said(error)}")  # noqa: T201
        finally:
            EXPECTED.reset(token)
            one.left = self.now()

    def covers(self, fault: Fault) -> bool:
        """Whether a fault is expected, by a block or by a tag of the cell that made it."""
        if fault.made is not None and EXPECT in fault.made.tags:
            fault.made.met = True
            return True
        covering = [each.covers(fault) for each in self.all]  # all of them: each is met by it
        return any(covering)

    def unmet(self, run: Run) -> Iterator[Fault]:
        """What was expected of a run that has ended, and has not come."""
        for each in self.all:
            if each.run is run and not each.met:
                each.met = True
                hint = "await in the block what is to fail, or take it away"
                yield Fault(f"{each} has seen no failure", run, hint=hint)


def unmet_tags(runs: Iterable[Run]) -> Iterator[Fault]:
    """Cells that are tagged and have not failed, at the end: what they start may fail until then.

    Args:
        runs: All runs of cells, in order. Of a cell that was run again the last one counts.
    """
    for run in {run.key: run for run in runs}.values():
        if EXPECT in run.tags and not run.met:
            run.met = True
            hint = "take the tag, or the comment, away"
            yield Fault(f"a cell tagged {EXPECT} has seen no failure", run, hint=hint)


EXPECTED: ContextVar[Expectation | None] = ContextVar(
    "event_collector_widgets.guard expected", default=None
)
"""The innermost block in which the code that asks was started."""


def moment(now: float) -> float:
    """When something was made: in the block in which the code that asks was started, or now."""
    one = EXPECTED.get()
    return now if one is None else one.entered
