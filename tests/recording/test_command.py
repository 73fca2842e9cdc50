"""python -m event_collector.recording compare: says what differs, and needs no pandas."""

import subprocess
import sys
from pathlib import Path

import pytest

from event_collector import Payload
from event_collector.recording.__main__ import main
from tests.recording.recordings import CODEC, an_event, header, recorded, write_lines
from tests.support import in_loop

ROOT = Path(__file__).parents[2]


@in_loop
async def test_the_exit_code_says_whether_they_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 for the same, 1 for a difference; the codec is not needed."""
    await recorded(tmp_path / "a", Payload((0.3,)), codec=CODEC)
    await recorded(tmp_path / "b", Payload((0.1 + 0.2,)), codec=CODEC)
    await recorded(tmp_path / "c", Payload((0.4,)), codec=CODEC)
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert capsys.readouterr().out == "no difference in 1 event\n"
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "c")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "2 differences in 1 event: 1 payload changed, 1 value changed",
        (
            "event 1: payload changed: Payload(Coded(name='tuple', value=[0.3])) -> "
            "Payload(Coded(name='tuple', value=[0.4]))"
        ),
        (
            "event 1 in 'echo': value changed: Ok(Coded(name='tuple', value=[0.3])) -> "
            "Ok(Coded(name='tuple', value=[0.4]))"
        ),
    ]


def test_what_cannot_be_compared_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: not there, not a recording, or not complete."""
    a = str(write_lines(tmp_path / "a", header(), an_event(1)))
    assert main(["compare", a, str(tmp_path / "no")]) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "b").write_text("a,b", encoding="utf-8")
    assert main(["compare", a, str(tmp_path / "b")]) == 2
    assert "is not a recording: its first line is 'a,b'" in capsys.readouterr().err
    assert main(["compare", a, a]) == 2
    assert "give --incomplete to compare what is there" in capsys.readouterr().err
    assert main(["compare", a, a, "--incomplete"]) == 0


def test_it_runs_without_pandas(tmp_path: Path) -> None:
    """As a service has it: the standard library only."""
    for name, value in (("a", 1), ("b", 2)):
        lines = [header(), an_event(1, value), {"end": 1, "lost": 0}]
        write_lines(tmp_path / name, *lines)
    command = [sys.executable, "-ISc"]
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from event_collector.recording.__main__ import main
code = main(["compare", "a", "b"])
assert "pandas" not in sys.modules
sys.exit(code)
"""
    said = subprocess.run(
        [*command, code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (1, "")
    assert said.stdout.splitlines() == [
        "1 difference in 1 event: 1 payload changed",
        "event 1: payload changed: Payload(1) -> Payload(2)",
    ]
    whole = [sys.executable, "-m", "event_collector.recording", "compare", "-h"]
    helped = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "The exit code is 0 if nothing differs" in helped.stdout
