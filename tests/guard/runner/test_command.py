"""`guard run`, the command: what it prints, and its exit code."""

import io
from pathlib import Path

import pytest
from event_collector_widgets.guard.runner.command import main, run

from tests.guard.runner.test_under_pytest import CRASH, DEAD, HEALTHY, PENDING, save


def test_each_notebook_is_run_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines are those of the plugin; one failure does not keep the others from running."""
    save(tmp_path, crash=CRASH, dead=DEAD, pending=PENDING, healthy=HEALTHY)
    monkeypatch.chdir(tmp_path)
    names = ["crash.ipynb", "dead.ipynb", "pending.ipynb", "healthy.ipynb"]
    assert main(["run", *names]) == 1
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith(tuple(names))]
    assert [line.partition(": ")[0] for line in told] == [
        "crash.ipynb, In[2], line 3",
        "dead.ipynb, In[2]",
        "dead.ipynb, at its end",
        "pending.ipynb, In[3], line 1",
        "pending.ipynb, In[2]",
        "healthy.ipynb",
    ]
    assert "GuardError: task of crash() failed, made in this cell: ZeroDivisionError" in told[0]
    assert told[-1] == "healthy.ipynb: passed"
    assert lines[-1] == "1 of 4 notebooks passed"
    assert "\x1b" not in "".join(lines)


def test_a_bar_tells_how_far_it_is_and_goes(tmp_path: Path) -> None:
    """In one line, which is empty in the end."""
    save(tmp_path, healthy=HEALTHY)
    out = io.StringIO()
    assert list(run(tmp_path / "healthy.ipynb", 60, out)) == []
    drawn = out.getvalue().split("\r\x1b[K")
    assert [line.partition(" ")[2].partition(" ")[0] for line in drawn[1:-1]] == [
        *("0/3", "1/3", "2/3", "3/3")
    ]
    assert drawn[-1] == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["run", "missing.ipynb"], "missing.ipynb is not a file"),
        (["run", "some.ipynb", "--timeout", "0"], "--timeout must be > 0, got 0"),
        ([], "required"),
    ],
)
def test_a_command_that_is_wrong_ends_with_2(
    arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is wrong."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert error in capsys.readouterr().err


def test_what_is_not_a_notebook_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a line."""
    (tmp_path / "a.ipynb").write_text("{", encoding="utf-8")
    assert main(["run", str(tmp_path / "a.ipynb")]) == 1
    assert "a.ipynb: is not a notebook: NotJSONError" in capsys.readouterr().out
