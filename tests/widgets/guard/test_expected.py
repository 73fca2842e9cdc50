"""Expected failures: what a block covers, and what it lets through."""

import pytest
from event_collector_widgets.guard import expect_errors
from event_collector_widgets.guard.cells import Run, tags_of
from event_collector_widgets.guard.expected import Expected, moment, unmet_tags
from event_collector_widgets.guard.faults import Fault


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1.0

    def __call__(self) -> float:
        return self.time


def failed(error: BaseException, at: float | None) -> Fault:
    """A fault that was made at a time."""
    return Fault.of("failed", error, None, at=at)


def test_what_was_made_within_the_block_and_is_of_its_types_is_covered() -> None:
    """Subclasses too; another type, or another time, is not."""
    clock = Clock()
    expected = Expected(clock)
    with expected.block((ArithmeticError,)):
        clock.time = 2.0
    assert expected.covers(failed(ZeroDivisionError(), 1.5))
    assert not expected.covers(failed(ValueError(), 1.5))
    assert not expected.covers(failed(ZeroDivisionError(), 2.5))
    assert not expected.covers(failed(ZeroDivisionError(), None))


def test_what_starts_in_the_block_is_of_the_block_whenever_it_fails() -> None:
    """A timer that rings later knows in its context where it was set."""
    clock = Clock()
    expected = Expected(clock)
    assert moment(7.0) == 7.0
    with expected.block((Exception,)):
        assert moment(7.0) == 1.0


def test_an_exception_of_the_block_itself_ends_there(capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown in a line; another goes on, and so does an interrupt."""
    with expect_errors(ValueError):
        raise ValueError("on purpose")
    assert capsys.readouterr().out == "expected: ValueError: on purpose\n"
    with pytest.raises(KeyError), expect_errors(ValueError):
        raise KeyError("not on purpose")
    with pytest.raises(KeyboardInterrupt), expect_errors(BaseException):
        raise KeyboardInterrupt


def test_what_was_expected_and_has_not_come_is_told_once() -> None:
    """Of a run that has ended."""
    expected, run = Expected(Clock()), Run("a", 1, "")
    with expected.block((ValueError,)):
        pass
    expected.all[0].run = run
    (fault,) = expected.unmet(run)
    assert fault.what == "expect_errors(ValueError) has seen no failure"
    assert list(expected.unmet(run)) == []


def test_a_tag_covers_whatever_its_cell_has_made() -> None:
    """The front end's, or a comment for those that do not tell it."""
    tagged = Run("a", 1, "", tags=tags_of("x = 1", {"tags": ["expect-errors", "hide"]}))
    assert Expected().covers(Fault("failed", tagged))
    assert tags_of("# expect-errors: on purpose\nx = 1", None) == {"expect-errors"}
    assert tags_of("x = 1  # expect-errors", {"tags": 3}) == set()
    assert not Expected().covers(Fault("failed", Run("b", 2, "")))


@pytest.mark.parametrize(
    ("source", "tagged"),
    [
        ("\n  # expect-errors\nx = 1", True),
        ("# why\n\n#expect-errors: on purpose", True),
        ("%%capture\n# expect-errors\nx = 1", True),
        ("x = 1\n# expect-errors", False),
        ("text = '''\n# expect-errors\n'''", False),
        ("# expect-errorsome", False),
    ],
)
def test_the_comment_stands_above_the_cells_code(source: str, tagged: bool) -> None:
    """Other comments, and the cell's magic, may stand before it."""
    assert bool(tags_of(source, None)) is tagged


def test_a_tagged_cell_that_has_not_failed_is_told_at_the_end() -> None:
    """Once; of a cell that was run again the last run counts."""
    tags = frozenset({"expect-errors"})
    runs = [Run(key, number, "", tags=tags) for number, key in enumerate("aabc", 1)]
    runs.append(Run("d", 5, ""))
    assert Expected().covers(Fault("failed", runs[2]))
    assert [fault.made for fault in unmet_tags(runs)] == [runs[1], runs[3]]
    assert list(unmet_tags(runs)) == []


@pytest.mark.parametrize("wrong", [ValueError("x"), "ValueError", int])
def test_only_classes_of_exceptions_can_be_expected(wrong: object) -> None:
    """An object is a slip."""
    with pytest.raises(TypeError, match=r"^expect_errors\(\) takes classes of exceptions, got "):
        expect_errors(wrong)  # type: ignore[arg-type]
