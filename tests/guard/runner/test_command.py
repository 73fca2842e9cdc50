"""`guard run`, the command: what it prints, and its exit code."""

import io
from pathlib import Path

import pytest
from event_collector_widgets.guard.runner.command import main, run

from tests.guard.runner.test_under_pytest import CRASH, DEAD, HEALTHY, PENDING, save, tag


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
        "pending.ipynb",
        "pending.ipynb, In[2]",
        "healthy.ipynb",
    ]
    assert "GuardError: task of crash() failed, made in In[3]: ZeroDivisionError" in told[0]
    assert "pending.ipynb: stopped at In[3], while this went on:" in told
    assert told[-1] == "healthy.ipynb: passed"
    assert lines[-1] == "1 of 4 notebooks passed"
    assert "\x1b" not in "".join(lines)


def test_what_keeps_a_notebook_from_its_end_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cell without end is stopped, and what it has left is told; a kernel may not be there."""
    task = "import asyncio, time\nt = asyncio.create_task(asyncio.sleep(1000), name='left')"
    save(tmp_path, endless=[task, "while True: time.sleep(0.01)"], strange=HEALTHY, good=HEALTHY)
    strange = tmp_path / "strange.ipynb"
    text = strange.read_text(encoding="utf-8")
    spec = '"metadata": {"kernelspec": {"name": "mine", "display_name": "Mine"}},\n "nbformat": 4'
    strange.write_text(text.replace('"metadata": {},\n "nbformat": 4', spec), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--timeout", "2", "endless.ipynb", "strange.ipynb", "good.ipynb"]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if ".ipynb" in line]
    assert lines[0].startswith("endless.ipynb, In[2]: A cell timed out")
    assert "task 'left' of sleep() was still pending at the end, made in In[1]" in lines[1]
    assert lines[2:] == [
        (
            "strange.ipynb: No such kernel named mine; "
            "`jupyter kernelspec list` names those that there are"
        ),
        "good.ipynb: passed",
    ]


def test_the_tags_of_cells_are_told_to_the_guard(tmp_path: Path) -> None:
    """A cell that is to fail is green, the next has none of its tags, and one that does not fail is
    told."""
    save(tmp_path, tagged=CRASH, left=[*CRASH[:2], "x = 1", CRASH[2]])
    for name, at in [("tagged", 2), ("left", 2)]:
        tag(tmp_path / f"{name}.ipynb", at)
    assert list(run(tmp_path / "tagged.ipynb", 60, None)) == []
    lines = [line for line, _ in run(tmp_path / "left.ipynb", 60, None)]
    assert "task of crash() failed, made in In[4]" in lines[0]
    assert "a cell tagged expect-errors has seen no failure, made in In[3]" in lines[1]


CYCLES = [
    "import gc\ngc.disable()",
    "class Kiln:\n    def __del__(self): raise OSError('cold')",
    "kiln = Kiln()\nkiln.me = kiln\ndel kiln",
    "class Oven:\n    def __init__(self): self.heat = self.warm()\n    async def warm(self): pass",
    "Oven();",
]


def test_what_lies_in_a_cycle_is_seen_at_the_end(tmp_path: Path) -> None:
    """A `__del__` that raises, and a forgotten await; each with the cell that has made it."""
    save(tmp_path, cycles=CYCLES)
    ((said, _),) = run(tmp_path / "cycles.ipynb", 60, None)
    del_raised = "Kiln.__del__ raised where nobody can hear it, made in In[3]: OSError: cold"
    assert del_raised in said
    assert "coroutine Oven.warm() was never awaited, made in In[4]" in said


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
