"""The learners' edition: solved notebooks without their solutions and outputs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from event_collector_widgets.course.learners import BEGIN, END, LearnersError, main, take_out, write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[3]

SOLVED = f"""\
def convert(value):
    {BEGIN}
    #: # degrees Celsius to Fahrenheit
    #: if value:
    #:     return ...
    #:
    return value * 9 / 5 + 32
    {END}

convert(1)"""

UNSOLVED = """\
def convert(value):
    # degrees Celsius to Fahrenheit
    if value:
        return ...


convert(1)"""


def save(path: Path, *cells: Any) -> None:
    """Write a notebook."""
    notebook: Any = new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def code(source: str) -> Any:
    """A code cell that was run."""
    output: Any = new_output("stream", text="33.8\n")  # type: ignore[no-untyped-call]
    return new_code_cell(  # type: ignore[no-untyped-call]
        source, outputs=[output], execution_count=3, metadata={"tags": ["x"], "execution": {}}
    )


def markdown(source: str) -> Any:
    """A cell of prose."""
    return new_markdown_cell(source)  # type: ignore[no-untyped-call]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a solved notebook, another, a README, pictures and something else."""
    folder = tmp_path / "solved"
    (folder / "images" / "deep").mkdir(parents=True)
    save(folder / "00_first.ipynb", markdown("# Title"), code(SOLVED), code("1 + 1"))
    save(folder / "plain.ipynb", code("1"))
    (folder / "README.md").write_text("the map", encoding="utf-8")
    (folder / "images" / "deep" / "a.png").write_bytes(b"\x89PNG")
    (folder / "refresh.py").write_text("", encoding="utf-8")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_solution_gives_way_to_what_learners_find_there() -> None:
    """Without the prefix, at its indentation, a bare `#:` as a blank line."""
    assert take_out(SOLVED) == (UNSOLVED, 1)
    assert take_out("1 + 1\n") == ("1 + 1\n", 0)
    twice = f"{BEGIN}\n#: a = ...\na = 1\n{END}\nb = a\n  {BEGIN}  \n#: c = ...\n{END}"
    assert take_out(twice) == ("a = ...\nb = a\nc = ...", 2)


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        (f"x\n{BEGIN}\n#: a", f"line 2: {BEGIN} without {END} after it"),
        (f"x\n{END}", f"line 2: {END} without {BEGIN} before it"),
        (f"{BEGIN}\n#: a\n{BEGIN}\n{END}", f"line 3: {BEGIN} inside the solution of line 1"),
        (f"{BEGIN}\n#: a\n{END}\n{END}", f"line 4: {END} without {BEGIN} before it"),
        (f"{BEGIN}\na = 1\n{END}", "line 1: the solution has no line that begins with '#: '; "),
        (f"#: a\n{BEGIN}\na = 1\n{END}", "line 2: the solution has no line that begins"),
        (
            f"{BEGIN}\n#: a\n{END}\n{BEGIN}\nb\n{END}",
            "line 4: the solution has no line that begins",
        ),
        ("  ## begin solution", "line 1: '## begin solution' is not a marker; write "),
    ],
)
def test_markers_that_are_wrong(cell: str, error: str) -> None:
    """Else a solution, or nothing at all, would come to the learners."""
    with pytest.raises(LearnersError) as caught:
        take_out(cell)
    assert str(caught.value).startswith(error)


def test_the_edition_is_the_same_without_solutions_and_outputs(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prose, tags, README and pictures go along, and nothing else; each file is listed."""
    before, target = content(source), tmp_path / "new" / "learners"
    assert main([str(source), str(target)]) == 0
    assert content(source) == before
    names = ["00_first.ipynb", "README.md", "images/deep/a.png", "plain.ipynb"]
    assert list(content(target)) == names
    assert content(target)["images/deep/a.png"] == b"\x89PNG"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"wrote {target / '00_first.ipynb'} (1 solution taken out)"
    assert sorted(line.split()[1] for line in lines) == [str(target / name) for name in names]
    notebook: Any = nbformat.read(target / "00_first.ipynb", 4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# Title", UNSOLVED, "1 + 1"]
    for cell in notebook.cells[1:]:
        assert (cell.outputs, cell.execution_count, cell.metadata) == ([], None, {"tags": ["x"]})


def test_for_nbgrader_the_checks_of_exercises_are_tests(source: Path, tmp_path: Path) -> None:
    """Locked, with a point each; what stands before the exercise is not one, nor the exercise."""
    cells = [code("assert True"), code(SOLVED), code("check(1, equals=1)"), code("assert 1 == 1")]
    save(source / "00_first.ipynb", *cells)
    assert main([str(source), str(tmp_path / "t"), "--nbgrader"]) == 0
    notebook: Any = nbformat.read(tmp_path / "t" / "00_first.ipynb", 4)  # type: ignore[no-untyped-call]
    marks = [cell.metadata.get("nbgrader") for cell in notebook.cells]
    assert marks[:2] == [None, None]
    assert [mark["grade_id"] for mark in marks[2:]] == ["check-1", "check-2"]
    for mark in marks[2:]:
        assert (mark["grade"], mark["locked"], mark["solution"], mark["points"]) == (
            *(True, True, False, 1),
        )
    plain = write(source, tmp_path / "plain") and content(tmp_path / "plain")["00_first.ipynb"]
    assert b"nbgrader" not in plain


def test_for_nbgrader_every_exercise_is_checked(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else nobody would notice that it is not solved."""
    save(source / "00_first.ipynb", code(SOLVED), code("assert True"), code(SOLVED), code("1"))
    assert main([str(source), str(tmp_path / "t"), "--nbgrader"]) == 1
    assert "00_first.ipynb, cell 3: no later cell checks this exercise" in capsys.readouterr().err
    assert not (tmp_path / "t").exists()


def test_what_others_wrote_is_overwritten_by_force_only(source: Path, tmp_path: Path) -> None:
    """The same again is fine; a learner's answers, another notebook or README are not lost."""
    target = tmp_path / "learners"
    first = write(source, target)
    assert write(source, target) == first
    fresh = content(target)
    for name in ("00_first.ipynb", "other.ipynb", "README.md"):
        (target / name).write_text("mine", encoding="utf-8")
        with pytest.raises(LearnersError, match=f"holds other content: {name}; use --force"):
            write(source, target)
        assert (target / name).read_text(encoding="utf-8") == "mine"
        assert main([str(source), str(target), "--force"]) == 0
        assert {**fresh, name: fresh.get(name, b"mine")} == content(target)
        if name == "other.ipynb":
            (target / name).unlink()


def test_nothing_is_written_where_something_is_wrong(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, the cell and the line are told, on stderr, and the command ends with 1."""
    target, wrong = tmp_path / "learners", source / "zz.ipynb"
    save(wrong, markdown("# A"), code(f"\n{BEGIN}"))
    assert main([str(source), str(target)]) == 1
    error = f"refused: {wrong}, cell 2, line 2: {BEGIN} without {END} after it\n"
    assert capsys.readouterr() == ("", error)
    save(wrong, markdown(f"{BEGIN}\n42\n{END}"))
    with pytest.raises(LearnersError, match="cell 1: a solution can be in a code cell only"):
        write(source, target)
    wrong.write_text("{", encoding="utf-8")
    with pytest.raises(LearnersError, match=r"zz\.ipynb is not a notebook: NotJSONError"):
        write(source, target)
    assert not target.exists()


def test_folders_that_do_not_serve(source: Path, tmp_path: Path) -> None:
    """A target in the source, or no folder; a source without notebooks."""
    for target in (source, source / "x", source / "images" / ".." / "y"):
        with pytest.raises(LearnersError, match="is inside the source"):
            write(source, target)
    with pytest.raises(LearnersError, match="is not a folder"):
        write(source / "images", source / "README.md")
    with pytest.raises(LearnersError, match="missing is not a folder"):
        write(tmp_path / "missing", tmp_path / "t")
    with pytest.raises(LearnersError, match="images holds no notebook"):
        write(source / "images", tmp_path / "t")


def test_without_nbformat_it_says_what_to_install(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only those who write the edition need it."""
    monkeypatch.setitem(sys.modules, "nbformat", None)
    assert main([str(source), str(tmp_path / "t")]) == 1
    assert "pip install 'event-collector-toolkit[lab]'" in capsys.readouterr().err


def test_it_is_a_command(source: Path, tmp_path: Path) -> None:
    """With Python's -m, and without a warning; wrong arguments end with 2."""
    command = [sys.executable, "-W", "error", "-m", "event_collector_widgets.learners"]
    run = [*command, str(source), str(tmp_path / "t")]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(run, capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("wrote ")
    with pytest.raises(SystemExit, match="2"):
        main([])
