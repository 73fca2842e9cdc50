"""Write the learners' edition of solved notebooks: the same without solutions and outputs.

    python -m event_collector_widgets.learners SOURCE_DIR TARGET_DIR [--nbgrader]

In a code cell, a solution stands between the lines `### BEGIN SOLUTION` and `### END SOLUTION`.
Lines in it that begin with `#: ` are what learners find in its place, without that prefix.
README.md and the folder `images` go along. With --nbgrader, the cells that check an exercise are
tests for nbgrader, one point each: `nbgrader generate_assignment` takes the edition as it is, and
`nbgrader validate` fails until all is solved. It ends with 0, or with 1 where it refused and wrote
nothing, or with 2 where the command itself was wrong.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from event_collector._text import describe

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
_ALMOST = re.compile(r"\s*#+\s*(BEGIN|END)[\s_-]*SOLUTION\b", re.IGNORECASE)
_CHECK = re.compile(r"^\s*(check\(|assert\b)", re.MULTILINE)
_KEPT = re.compile(r"(\s*)#: ?(.*)")


class LearnersError(ValueError):
    """The learners' edition cannot be made of these notebooks, or not be written there."""


def take_out(source: str) -> tuple[str, int]:
    """The source of a cell without its solutions, and how many there were.

    Raises:
        LearnersError: A marker is nested, misspelt, or without its partner, or there is no line
            that begins with `#: ` in a solution.
    """
    lines: list[str] = []
    began = solutions = kept = 0
    for number, line in enumerate(source.split("\n"), 1):
        marker = line.strip()
        if marker == BEGIN:
            if began:
                raise LearnersError(f"line {number}: {BEGIN} inside the solution of line {began}")
            began, kept = number, 0
        elif marker == END:
            if not began:
                raise LearnersError(f"line {number}: {END} without {BEGIN} before it")
            if not kept:
                raise LearnersError(
                    f"line {began}: the solution has no line that begins with '#: '; "
                    "write there what learners find in its place"
                )
            began, solutions = 0, solutions + 1
        elif _ALMOST.match(line):
            raise LearnersError(
                f"line {number}: {marker!r} is not a marker; write {BEGIN} or {END}"
            )
        elif not began:
            lines.append(line)
        elif found := _KEPT.fullmatch(line):
            lines.append(f"{found[1]}{found[2]}" if found[2] else "")
            kept += 1
    if began:
        raise LearnersError(f"line {began}: {BEGIN} without {END} after it")
    return "\n".join(lines), solutions


def clear(notebook: Any) -> int:
    """Take solutions, outputs and counts out of a notebook; return how many solutions there were.

    Raises:
        LearnersError: A cell's markers are wrong, or a cell that is not code has one.
    """
    solutions = 0
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            if {BEGIN, END} & {line.strip() for line in cell.source.split("\n")}:
                raise LearnersError(f"cell {number}: a solution can be in a code cell only")
            continue
        try:
            cell.source, found = take_out(cell.source)
        except LearnersError as exc:
            raise LearnersError(f"cell {number}, {exc}") from None
        cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
        solutions += found
    notebook.metadata.pop("widgets", None)
    return solutions


def grade(notebook: Any) -> None:
    """Make nbgrader's tests of the cells that check an exercise; to be called before `clear`.

    They are the cells after an exercise that call `check` or assert something. The exercises get
    no metadata: nbgrader would put its own stub in the place of what learners find there.

    Raises:
        LearnersError: An exercise is checked by no later cell: nbgrader would call it solved.
    """
    open_exercise = tests = 0
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        if BEGIN in map(str.strip, cell.source.split("\n")):
            open_exercise = number
        elif (open_exercise or tests) and _CHECK.search(cell.source):
            open_exercise, tests = 0, tests + 1
            cell.metadata["nbgrader"] = {
                "schema_version": 3,
                "grade_id": f"check-{tests}",
                "grade": True,
                "locked": True,
                "points": 1,
                "solution": False,
                "task": False,
            }
    if open_exercise:
        raise LearnersError(
            f"cell {open_exercise}: no later cell checks this exercise, so that nbgrader would "
            "call it solved; write check(...) or an assert"
        )


def edition(source: Path, *, nbgrader: bool = False) -> tuple[dict[Path, bytes], dict[Path, int]]:
    """The files of the learners' edition by relative path, and the solutions of each notebook.

    Raises:
        LearnersError: The folder holds no notebook, or one that cannot be read or cleared; or, for
            nbgrader, an exercise that no cell checks.
        ImportError: nbformat is not installed.
    """
    import nbformat

    if not source.is_dir():
        raise LearnersError(f"{source} is not a folder")
    files: dict[Path, bytes] = {}
    solutions: dict[Path, int] = {}
    for path in sorted(source.glob("*.ipynb")):
        name = path.relative_to(source)
        try:
            text = path.read_text(encoding="utf-8")
            notebook: Any = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
            nbformat.validate(notebook)
        except Exception as exc:
            raise LearnersError(f"{path} is not a notebook: {describe(exc)}") from exc
        try:
            if nbgrader:
                grade(notebook)
            solutions[name] = clear(notebook)
        except LearnersError as exc:
            raise LearnersError(f"{path}, {exc}") from None
        written: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
        files[name] = (written.rstrip("\n") + "\n").encode()
    if not solutions:
        raise LearnersError(f"{source} holds no notebook")
    beside = [source / "README.md", *sorted((source / "images").rglob("*"))]
    files.update({each.relative_to(source): each.read_bytes() for each in beside if each.is_file()})
    return files, solutions


def write(source: Path, target: Path, *, force: bool = False, nbgrader: bool = False) -> list[str]:
    """Write the learners' edition of a folder of notebooks; return a line for each file written.

    Args:
        source: The folder with the solved notebooks.
        target: The folder to write to; it is made if it is not there.
        force: Overwrite files of other content, and bear with other notebooks.
        nbgrader: Make nbgrader's tests of the cells that check an exercise, as `grade` does.

    Raises:
        LearnersError: As `edition` does. Or the target is in the source, is not a folder, or holds
            other notebooks, or a file that would be overwritten with another content, without
            `force`. Nothing is written then.
        ImportError: nbformat is not installed.
    """
    if target.resolve().is_relative_to(source.resolve()):
        raise LearnersError(f"the target {target} is inside the source {source}")
    if target.exists() and not target.is_dir():
        raise LearnersError(f"the target {target} is not a folder")
    files, solutions = edition(source, nbgrader=nbgrader)
    there = {path.relative_to(target) for path in target.glob("*.ipynb")}
    there |= {name for name in files if (target / name).exists()}
    others = [name for name in there if files.get(name) != _content(target / name)]
    if others and not force:
        names = ", ".join(sorted(map(str, others)))
        raise LearnersError(f"{target} holds other content: {names}; use --force to write there")
    lines = []
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count = solutions.get(name)
        taken = "" if count is None else f" ({count} solution{'' if count == 1 else 's'} taken out)"
        lines.append(f"wrote {path}{taken}")
    return lines


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 1 if it refused."""
    parser = argparse.ArgumentParser(
        prog="python -m event_collector_widgets.learners",
        description="Write notebooks without their solutions and outputs.",
    )
    parser.add_argument("source", type=Path, metavar="SOURCE_DIR", help="the solved notebooks")
    parser.add_argument("target", type=Path, metavar="TARGET_DIR", help="where to write them")
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.add_argument(
        "--nbgrader", action="store_true", help="make nbgrader's tests of the checks"
    )
    given = parser.parse_args(arguments)
    try:
        lines = write(given.source, given.target, force=given.force, nbgrader=given.nbgrader)
    except (LearnersError, OSError) as exc:
        print(f"refused: {exc}", file=sys.stderr)  # noqa: T201
        return 1
    except ImportError as exc:
        print(  # noqa: T201
            f"refused: {exc}; pip install 'event-collector-toolkit[lab]'", file=sys.stderr
        )
        return 1
    print("\n".join(lines))  # noqa: T201
    return 0
