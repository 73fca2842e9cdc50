"""The command: what it tries, what it says, and its exit code."""

import pytest

from tests.faults import __main__ as command
from tests.faults import on_guard, on_notebooks, on_tests
from tests.faults.copies import Outcome
from tests.faults.fault import Fault, NotebookFault
from tests.faults.on_notebooks import mark
from tests.faults.report import sum_up

SLOW = Fault("it is slow", "queued:Queued.take", find="while", put="while", tests="queue")
WRONG = Fault("it is wrong", "queued:Queued.take", find="gone", put="", tests="queue")
HIDDEN = Fault(
    "it is hidden", "buffer:_Fifo", find="push", put="pull", tests="buffer", notebook="00"
)

BESIDE = NotebookFault(
    "it is beside", "00_first_collector", find="    await bench.close()", put="    pass"
)

GUARDING = Fault(
    "it is deaf", "hooks:Hooks.attach", find="self._in_kernel", put="", tests="hooks", of="guard"
)

type Tried = tuple[str, list[Fault | NotebookFault], float]
"""How, which faults, and the limit of a run."""


def outcome(how: str) -> Outcome:
    """A run that ended like this."""
    return Outcome(how, "", 0.1, "")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Tried]:
    """What is tried: how, which faults, and the limit of a run."""
    tries: list[Tried] = []

    def note(how: str, faults: list[Fault | NotebookFault], limit: float) -> int:
        tries.append((how, faults, limit))
        return 0

    monkeypatch.setattr(on_tests, "check", lambda f, _, limit: note("tests", f, limit))
    monkeypatch.setattr(on_guard, "check", lambda f, _, limit: note("of guard", f, limit))
    monkeypatch.setattr(on_notebooks, "check_own", lambda f, _, limit: note("own", f, limit))
    monkeypatch.setattr(on_notebooks, "check_guarded", lambda f, _, limit: note("guard", f, limit))
    monkeypatch.setattr(on_notebooks, "check_all", lambda f, _, limit: note("all", f, limit))
    return tries


def run(monkeypatch: pytest.MonkeyPatch, faults: list[Fault], *words: str) -> int:
    """Call the command with these faults in its catalogue."""
    monkeypatch.setattr(command, "FAULTS", faults)
    monkeypatch.setattr(command, "BESIDE", [BESIDE])
    monkeypatch.setattr(command, "GUARDING", [GUARDING])
    monkeypatch.setattr("sys.argv", ["tests.faults", *words])
    return command.main()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ("tests", [SLOW, HIDDEN], 240.0)),
        (["--course"], ("own", [HIDDEN], 120.0)),
        (["--guard"], ("of guard", [GUARDING], 300.0)),
        (["--course", "--guard"], ("guard", [HIDDEN, BESIDE], 120.0)),
        (["--course", "--all", "--limit", "7"], ("all", [HIDDEN], 7.0)),
        (["--only", "slow"], ("tests", [SLOW], 240.0)),
        (["--every", "2"], ("tests", [SLOW], 240.0)),
    ],
)
def test_it_tries_all_faults_on_the_tests_or_those_of_the_course_on_notebooks(
    monkeypatch: pytest.MonkeyPatch,
    tried: list[Tried],
    words: list[str],
    expected: Tried,
) -> None:
    """Each fault is tried on what should notice it."""
    assert run(monkeypatch, [SLOW, HIDDEN], *words) == 0
    assert tried == [expected]


def test_faults_that_do_not_fit_are_named_before_anything_is_tried(
    monkeypatch: pytest.MonkeyPatch,
    tried: list[Tried],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The engine was changed, and its faults were not."""
    assert run(monkeypatch, [SLOW, WRONG]) == 2
    assert tried == []
    said = capsys.readouterr().out
    assert "the fault 'it is wrong' does not fit any more: 'Queued.take' in " in said
    assert said.endswith("1 of 2 faults do not fit; nothing was tried\n")


def test_a_list_tries_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tried: list[Tried],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says where each fault is, and who should notice it."""
    assert run(monkeypatch, [SLOW], "--list") == 0
    assert capsys.readouterr().out == "it is slow  queued:Queued.take  queue\n"
    assert run(monkeypatch, [HIDDEN], "--list", "--course", "--guard") == 0
    assert "00_first_collector, with the guard" in capsys.readouterr().out
    assert tried == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "argument --jobs: must be >= 1, got 0"),
        (["--every", "0"], "argument --every: must be >= 1, got 0"),
        (["--jobs", "two"], "argument --jobs: invalid count value: 'two'"),
        (["--limit", "nan"], "argument --limit: must be a number of seconds > 0, got nan"),
        (["--limit", "inf"], "argument --limit: must be a number of seconds > 0, got inf"),
        (["--limit", "0"], "argument --limit: must be a number of seconds > 0, got 0"),
    ],
)
def test_wrong_arguments_are_refused(
    monkeypatch: pytest.MonkeyPatch,
    tried: list[Tried],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    """Not clamped, and not found out by a traceback later."""
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, [SLOW], *words)
    assert (ended.value.code, tried) == (2, [])
    assert capsys.readouterr().err.endswith(f"python -m tests.faults: error: {said}\n")


def test_words_that_no_fault_has_are_not_taken_for_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise a slip of the fingers would look like a check that was passed."""
    assert run(monkeypatch, [SLOW], "--only", "fast") == 2
    assert capsys.readouterr().out == "no fault has 'fast' in its name; see --list\n"


@pytest.mark.parametrize(
    ("hows", "code", "said"),
    [
        (["red", "hung"], 0, "2 of 2 faults caught in 3 s"),
        (["green", "red"], 1, "1 of 2 faults caught in 3 s\nSURVIVED: it is slow"),
        (["green", "broken"], 2, "SURVIVED: it is slow\nBROKEN: it is wrong"),
    ],
)
def test_a_fault_that_survives_or_breaks_the_run_is_named_at_the_end(
    capsys: pytest.CaptureFixture[str], hows: list[str], code: int, said: str
) -> None:
    """The exit code says so too."""
    assert sum_up(dict(zip([SLOW, WRONG], map(outcome, hows), strict=True)), 3.0) == code
    assert capsys.readouterr().out.strip().endswith(said)


def test_the_table_marks_the_notebook_that_should_notice_a_fault() -> None:
    """In capitals where it did, and with an exclamation mark where it did not."""
    hows = ("red", "hung", "green", "broken")
    assert "".join(mark(outcome(how), own=False) for how in hows) == "xt.?"
    assert "".join(mark(outcome(how), own=True) for how in hows) == "XT!?"
