"""`python -m benchmarks --against DIR`: what it refuses, measures, prints and ends with."""

import json
import re
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks import against
from benchmarks.cases import CASES, find
from benchmarks.cli import main
from benchmarks.environments import ROOT
from benchmarks.runner import Results, in_pairs
from benchmarks.spec import OTHER, OURS

TINY = "broadcast-16"
DAY = date(2030, 12, 31)

SLOW_SENDS = """
import time


def _make_slow(send):
    def slow(publisher, payload):
        time.sleep(0.0001)
        return send(publisher, payload)

    return slow


EventPublisher.send = _make_slow(EventPublisher.send)
"""

NO_SIXTEEN = """
_set_up = CollectorQueue.__init__


def _refuse_sixteen(queue, collectors, **options):
    if len(collectors) == 16:
        raise RuntimeError("sixteen are too many")
    _set_up(queue, collectors, **options)


CollectorQueue.__init__ = _refuse_sixteen
"""


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The last line that the command writes when it refuses its arguments."""
    with pytest.raises(SystemExit) as caught:
        main([*arguments])
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()[-1].removeprefix("python -m benchmarks: error: ")


def engine_in(directory: Path, source: str = "") -> Path:
    """A directory with something that is called event_collector."""
    (directory / "event_collector").mkdir()
    (directory / "event_collector" / "__init__.py").write_text(source, encoding="utf-8")
    return directory


def test_a_directory_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where a file has the name."""
    (tmp_path / "file").touch()
    for name in ("nowhere", "file"):
        wanted = f"--against: there is no directory {str(tmp_path / name)!r}"
        assert refusal(capsys, "--against", str(tmp_path / name)) == wanted


def test_a_directory_without_an_engine_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkout of something else, or the package's own directory."""
    wanted = f"--against: there is no event_collector in {str(tmp_path)!r}"
    assert refusal(capsys, "--against", str(tmp_path)) == wanted


def test_the_peer_is_refused_by_its_checkout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its package has the name of ours; its project has another."""
    project = '[project]\nname = "event_collector"\n'
    (engine_in(tmp_path) / "pyproject.toml").write_text(project, encoding="utf-8")
    message = refusal(capsys, "--against", str(tmp_path))
    assert message == (
        f"--against: {str(tmp_path)!r} holds event-collector, another engine than ours; "
        "python -m benchmarks without --against compares with it"
    )


def test_the_peer_is_refused_where_it_is_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the directory of an environment's packages."""
    info = engine_in(tmp_path) / "event_collector-0.2.4.dist-info"
    info.mkdir()
    metadata = "Metadata-Version: 2.1\nName: event-collector\nVersion: 0.2.4\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    assert "another engine than ours" in refusal(capsys, "--against", str(tmp_path))


def test_an_engine_that_does_not_work_is_refused_before_the_rounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what Python says about it."""
    engine_in(tmp_path, "raise RuntimeError('half done')")
    assert refusal(capsys, "--against", str(tmp_path)) == (
        f"--against: a trial with the event_collector in {str(tmp_path)!r} failed: "
        "RuntimeError: half done"
    )


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (
            ["--against", ".", "--plot", "x.png"],
            "--plot shows ours next to the peer; leave it out with --against",
        ),
        (
            ["--against", ".", "--readme"],
            "--readme shows ours next to the peer; leave it out with --against",
        ),
        (
            ["--against", ".", "--check", "--rounds", "5"],
            "--check with --against needs 6 rounds or more, got 5",
        ),
        (
            ["--tolerance", "3"],
            "--tolerance is for --against; the targets have bounds of their own",
        ),
        (
            ["--tolerance", "-1"],
            "argument --tolerance: must be a number of 0 or more, got '-1'",
        ),
        (
            ["--tolerance", "nan"],
            "argument --tolerance: must be a number of 0 or more, got 'nan'",
        ),
        (["--rounds", "0"], "argument --rounds: must be 1 or more, got 0"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    arguments: list[str], wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with what to do."""
    assert refusal(capsys, *arguments) == wanted


def test_both_engines_take_turns_in_being_first() -> None:
    """In each round the two measurements of a case follow each other; a spec is measured once."""
    odd, even = in_pairs(CASES, 1), in_pairs(CASES, 2)
    assert [side for _, side in odd] == [OURS, OTHER] * (len(odd) // 2)
    assert [side for _, side in even] == [OTHER, OURS] * (len(odd) // 2)
    assert [case for case, _ in odd] == [case for case, _ in even]
    assert [case for case, _ in odd[::2]] == [case for case, _ in odd[1::2]]
    specs = [case.spec for case, _ in odd[::2]]
    assert set(specs) == {case.spec for case in CASES}
    assert len(specs) == len(set(specs))


@pytest.mark.long
def test_the_same_engine_is_compared_with_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What that shows is noise; the values of all rounds go into the file.

    The tolerance is more than a rate can lose, so that the check passes on any machine.
    """
    figures = tmp_path / "figures.json"
    arguments = ["--against", str(ROOT), "--case", TINY, "--rounds", "6", "--json", str(figures)]
    assert main([*arguments, "--check", "--tolerance", "100"]) == 0
    out = capsys.readouterr().out
    assert "Both are the same engine: what differs is noise." in out
    assert re.search(r"broadcast to 16 collectors +[\d,]+/s +[\d,]+/s +\d\.\d{3} ", out)
    assert out.endswith("by more than 100 %, and by more than the spread: none (0 of 1)\n")
    found = json.loads(figures.read_text(encoding="utf-8"))["cases"][TINY]
    assert len(found["values"][OURS]) == len(found["values"][OTHER]) == 6
    ours, others = found["values"][OURS], found["values"][OTHER]
    pairs = zip(ours, others, strict=True)
    assert found["comparison"]["ratios"] == [one / other for one, other in pairs]


@pytest.mark.long
def test_the_engine_of_the_directory_is_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy whose every send sleeps is slower by far: ours is faster, in so many words."""
    shutil.copytree(ROOT / "event_collector", tmp_path / "event_collector")
    with (tmp_path / "event_collector" / "__init__.py").open("a", encoding="utf-8") as init:
        init.write(SLOW_SENDS)
    assert main(["--against", str(tmp_path), "--case", TINY, "--rounds", "1"]) == 0
    out = capsys.readouterr().out
    assert "These are fewer than 6 rounds" in out
    found = re.search(r"faster by ([\d.]+) %, spread unknown", out)
    assert found is not None
    assert float(found[1]) > 30


def test_a_case_that_fails_is_not_taken_for_a_fast_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails, and the report says what went wrong."""
    shutil.copytree(ROOT / "event_collector", tmp_path / "event_collector")
    with (tmp_path / "event_collector" / "__init__.py").open("a", encoding="utf-8") as init:
        init.write(NO_SIXTEEN)
    assert main(["--against", str(tmp_path), "--case", TINY, "--rounds", "6", "--check"]) == 1
    out = capsys.readouterr().out
    assert f"failed: {TINY}, other: RuntimeError: sixteen are too many" in out
    assert out.endswith(f"too few pairs to tell: {TINY}\n")


def results_of(name: str, ours: list[float | None], other: list[float | None]) -> Results:
    """Results of one case, as rounds would give them."""
    (case,) = find([name])
    found = Results(len(ours))
    for side, values in ((OURS, ours), (OTHER, other)):
        found.values[case.spec, side] = [
            None if value is None else {case.key: value} for value in values
        ]
    return found


@pytest.mark.parametrize(
    ("name", "ours", "other", "words", "fails"),
    [
        ("burst", [90.0] * 21, [100.0] * 21, "SLOWER by 10.0 %", True),
        ("burst", [98.0] * 21, [100.0] * 21, "slower by 2.0 %", False),
        ("burst", [110.0] * 21, [100.0] * 21, "faster by 10.0 %", False),
        ("sleep-1s", [1.1] * 21, [1.0] * 21, "SLOWER by 10.0 %", True),
        ("sleep-1s", [0.9] * 21, [1.0] * 21, "faster by 10.0 %", False),
        ("memory-queued", [264.0] * 21, [240.0] * 21, "LARGER by 10.0 %", True),
        ("memory-queued", [240.0] * 21, [240.0] * 21, "the same", False),
        (
            "burst",
            [90.0] * 12 + [120.0] * 9,
            [100.0] * 21,
            "slower by 10.0 %, within its spread",
            False,
        ),
        ("burst", [100.0] * 5 + [None] * 16, [100.0] * 21, "the same", True),
        ("burst", [None] * 21, [100.0] * 21, "unknown", True),
    ],
)
def test_the_report_says_what_is_slower(
    name: str, ours: list[float | None], other: list[float | None], words: str, fails: bool
) -> None:
    """Rates, seconds and bytes each in their direction; what is too much in capitals."""
    cases, results = find([name]), results_of(name, ours, other)
    (pair,) = found = against.pairs(cases, results)
    text = against.as_text(found, results, DAY, engine=ROOT, tolerance=3.0)
    row = next(line for line in text.splitlines() if line.startswith(cases[0].title))
    assert row.endswith(f"  {words}")
    assert pair.fails(3.0) is fails
    named = re.search(
        rf"more than the spread: {name} \(1 of 1\)|too few pairs to tell: {name}", text
    )
    assert bool(named) is fails


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT for one process")
def test_an_interrupt_ends_it_at_once() -> None:
    """With the code that shells expect, and without a traceback."""
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from benchmarks.cli import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", program, "--against", ".", "--case", "sleep-1s"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "round 1 of 21: 2 measurements\n"
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == "\ninterrupted\n"
    assert running.returncode == 130
