"""What comparing outputs does not check: the committed notebooks are executed, clean and short.

That each notebook runs to its end with the outputs that it shows is checked by nbval, in the
same pytest run; see pyproject.toml.
"""

import difflib
import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.course import COURSE

ROOT = Path(__file__).parents[2]
PLAYED = ROOT / "notebooks" / "played.ipynb"  # what the README's command for the terminal makes
NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - {PLAYED})
WIDGET = "application/vnd.jupyter.widget-view+json"

LINES, LINES_OF_COURSE = 25, 12
"""The most lines that a code cell has, apart from blank ones. In the course, what marks a solution
and what learners find in its place are not counted either."""

WIDTH_OF_COURSE = 96
"""The longest line of the course's cells: what JupyterLab shows in a window of 1,200 pixels."""

UNCOUNTED = re.compile(r"\s*(#: ?.*|### (BEGIN|END) SOLUTION)?")

HEADINGS = ["Predict", "Run", "Break", "Fix", "Explain", "Exercise", "Summary"]
"""The parts of each notebook of the course."""

SECTION = re.compile(r"\bsections? [A-K]\b", re.IGNORECASE)
"""How a section of the specification is named."""

PICTURES = {"image/png", "image/svg+xml"}

CAPTION = re.compile(r"([*_])(?![*_ ]).*?[.!?]\1(\s|$)", re.DOTALL)
"""A sentence in italics at the beginning of a cell."""

FOREIGN = {
    "an address": r"\bat 0x[0-9a-f]+|\b0x[0-9a-f]{8,}",
    "a traceback": r"Traceback \(most recent call last\)",
    "a file of the kernel": r"ipykernel_\d+|/tmp/",
    "a home folder": r"/(home|root)/|C:\\\\Users",
    "a time of running": r"\b\d{1,2}:\d{2}:\d{2}\.\d+|\b20[2-9]\d-\d{2}-\d{2}",
    "a warning": r"Warning:",
}
"""What no output shows: it would differ in the next run, or says that something went wrong."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def path(request: pytest.FixtureRequest) -> Path:
    """Each committed notebook."""
    notebook: Path = request.param
    return notebook


@pytest.fixture(params=[path for path in NOTEBOOKS if path.stem in COURSE], ids=lambda p: p.name)
def lesson(request: pytest.FixtureRequest) -> Any:
    """The content of each notebook of the course."""
    return nbformat.read(request.param, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def notebook(path: Path) -> Any:
    """Its content."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook: Any, level: int) -> list[str]:
    """Its headings of a level."""
    markdown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(rf"^{'#' * level} +(.+?) *$", markdown, re.MULTILINE)


def sentences(text: str) -> list[str]:
    """The sentences of a text below its heading."""
    prose = re.sub(r"`[^`]*`", "x", text.partition("\n")[2].strip())
    return [each for each in re.split(r"(?<=[.!?])[*_)\"]*\s+", prose) if each]


def outputs(notebook: Any) -> list[Any]:
    """All that the cells gave."""
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def texts(output: Any) -> list[str]:
    """What can be read of an output."""
    data = output.get("data", {})
    shown = [str(value) for kind, value in data.items() if not kind.startswith("image/")]
    return [*shown, str(output.get("text", ""))]


def alternative_text(cell: Any, output: Any) -> str:
    """What is said of a picture: by the code that drew it, or else by the cell."""
    own: str = output.metadata.get("image/png", {}).get("alt", "")
    return own or str(cell.metadata.get("alt", ""))


def test_there_is_a_playground() -> None:
    """Issue 4: it is the notebook that the README opens."""
    assert ROOT / "notebooks" / "playground.ipynb" in NOTEBOOKS


def test_it_was_executed_from_top_to_bottom(notebook: Any) -> None:
    """The counts are 1, 2, 3 ..., so that the outputs are those of one run."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    results = [out for out in outputs(notebook) if out.output_type == "execute_result"]
    assert {out.execution_count for out in results} <= set(counts)


@pytest.mark.parametrize("what", FOREIGN)
def test_no_output_shows_what_differs_from_run_to_run(notebook: Any, what: str) -> None:
    """Decision 26: a reader who runs it sees the same outputs."""
    for output in outputs(notebook):
        for text in texts(output):
            assert not re.search(FOREIGN[what], text), text


def test_no_output_is_an_error_or_on_stderr(notebook: Any) -> None:
    """An exception that a notebook teaches is caught and printed."""
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"


def test_it_says_nothing_of_the_run_itself(notebook: Any) -> None:
    """No times, no widget state, no version: a commit shows what an author changed."""
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    views = [out.data[WIDGET] for out in outputs(notebook) if WIDGET in out.get("data", {})]
    assert {view.model_id for view in views} <= {""}


def test_a_widget_has_a_text_beside_it(notebook: Any) -> None:
    """Where no widget can be shown, as on a page of a repository, there is something to read."""
    for output in outputs(notebook):
        if WIDGET in output.get("data", {}):
            assert output.data["text/plain"]


def test_every_code_cell_is_short(notebook: Any) -> None:
    """A cell is read at a glance, and ends in no semicolon, which would hide what it gave."""
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert 1 <= len(lines) <= LINES, cell.source
        assert not cell.source.rstrip().endswith(";")


def test_it_begins_with_a_title_and_explains_its_cells(notebook: Any) -> None:
    """A heading first; never more than two code cells without a word between them."""
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    assert notebook.cells[0].source.startswith("# ")
    assert "ccc" not in kinds


def test_the_course_is_whole_and_on_the_map() -> None:
    """All of them, and the README of their folder names each, in their order."""
    assert set(COURSE) <= {path.stem for path in NOTEBOOKS}
    text = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    named = dict.fromkeys(re.findall(r"\b\d\d_\w+", text))
    assert list(named) == list(COURSE)
    assert "playground.ipynb" in text


def test_a_lesson_goes_the_way_of_all_lessons(lesson: Any) -> None:
    """One title, then predict, run, break, fix, explain, exercise and summary."""
    assert len(headings(lesson, 1)) == 1
    assert headings(lesson, 2) == HEADINGS


def test_a_cell_of_a_lesson_holds_one_idea(lesson: Any) -> None:
    """It has a dozen lines at most, none cut off, and words before it say what it is for."""
    for before, cell in zip(lesson.cells, lesson.cells[1:], strict=False):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown", f"no words before:\n{cell.source}"
            lines = [line for line in cell.source.splitlines() if not UNCOUNTED.fullmatch(line)]
            assert len(lines) <= LINES_OF_COURSE, cell.source
            assert max(map(len, lines)) <= WIDTH_OF_COURSE, cell.source


def test_a_lesson_begins_with_what_it_is_about(lesson: Any) -> None:
    """The first cell says how long it takes, and which section of the specification it teaches."""
    first = lesson.cells[0].source
    assert "minutes" in first
    assert SECTION.search(first), first


def test_a_lesson_ends_with_a_summary(lesson: Any) -> None:
    """Three sentences; one names the section of the specification."""
    last = lesson.cells[-1].source
    assert last.startswith("## Summary\n")
    assert len(sentences(last)) == 3, sentences(last)
    assert SECTION.search(last), last


def test_a_question_is_asked_before_it_is_answered(lesson: Any) -> None:
    """The prediction is made first, in a cell that runs nothing, and scored in a later one."""
    sources = [cell.source for cell in code_cells(lesson)]
    asked = next(number for number, source in enumerate(sources) if "Prediction(" in source)
    assert "await" not in sources[asked]
    assert "simulate(" not in sources[asked]
    assert any(".score(" in source for source in sources[asked + 1 :])


def test_a_picture_has_a_caption(lesson: Any) -> None:
    """A sentence in italics right under it, which can stand in for the picture."""
    shown = 0
    for cell, below in zip(lesson.cells, lesson.cells[1:], strict=False):
        if any(PICTURES & set(out.get("data", {})) for out in cell.get("outputs", [])):
            shown += 1
            assert below.cell_type == "markdown", cell.source
            assert CAPTION.match(below.source), below.source
    assert shown


def test_a_picture_has_an_alternative_text(notebook: Any) -> None:
    """Converters take it from the image's metadata, or else from those of the cell."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert alternative_text(cell, output).strip(), cell.source


def test_an_image_in_the_text_has_an_alternative_text(notebook: Any) -> None:
    """Who does not see it is told what it shows."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[\s*\]\(", cell.source), cell.source
            for image in re.findall(r"<img\b[^>]*>", cell.source):
                assert re.search(r"\balt=[\"'][^\"']", image), image


@pytest.mark.long
def test_refreshing_it_changes_nothing(path: Path, tmp_path: Path) -> None:
    """Executed anew it is the same file, apart from the pixels of its pictures."""
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    _refresh(copy)
    changed = list(difflib.unified_diff(_without_pixels(path), _without_pixels(copy), lineterm=""))
    assert not changed, "\n".join(changed)


def _refresh(path: Path) -> None:
    spec = importlib.util.spec_from_file_location("refresh", Path(__file__).with_name("refresh.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.refresh(path)


def _without_pixels(path: Path) -> list[str]:
    text = re.sub(r'("image/png": ")[^"]*', r"\1", path.read_text(encoding="utf-8"))
    return text.splitlines()
