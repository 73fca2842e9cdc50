"""What people read is spelt as in Britain, throughout, and without slips: codespell looks at it.

What stands in code, such as `color=` of a library, is left out.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.course import MACHINES

ROOT = Path(__file__).parents[2]

DICTIONARIES = "clear,rare"
"""Those of codespell that are used, besides the one of American spellings that is made here."""

ALSO_BRITISH = (
    "biased cognizant focused focuses focusing judgment judgments lambaste lambastes license "
    "licensed licenses licensing meter meters mold molds practice practices program routing "
    "specialties specialty stories story writable"
)
"""What is right in Britain too, as another word or with another sense."""

TITLES = r"Color Universal Design"
"""Works that are named after an American fashion."""

OTHER_WORDS = r"\b(jobs?|workers?|backlogs?|latency|latencies)\b"
"""What goes by another name here, which is the same everywhere."""

_CODE = re.compile(
    r"^( *)```.*?^\1```|`[^`\n]+`|<[^<>\n]+>|\]\([^)\n]*\)|https?://\S+", re.M | re.S
)


def american() -> list[str]:
    """Corrections for codespell: its list of British spellings, the other way round."""
    text = (files("codespell_lib") / "data" / "dictionary_en-GB_to_en-US.txt").read_text("utf-8")
    pairs = [line.strip().split("->") for line in text.splitlines() if line.count("->") == 1]
    also_british = ALSO_BRITISH.split()
    return [
        f"{there}->{here}" for here, there in pairs if there.isalpha() and there not in also_british
    ]


def without_code(markdown: str) -> str:
    """Markdown with its code and its addresses taken out, line by line as it was."""
    return _CODE.sub(lambda found: "\n" * found[0].count("\n"), markdown)


def prose(path: Path) -> str:
    """The markdown of a notebook's cells."""
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return without_code("\n\n".join(cells))


def docstrings(path: Path) -> str:
    """The docstrings of a module, those of attributes too, in the lines where they stand."""
    lines: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            said = node.value.value.splitlines()
            lines += [""] * (node.lineno - 1 + len(said) - len(lines))
            lines[node.lineno - 1 : node.lineno - 1 + len(said)] = said
    return without_code("\n".join(lines))


def notebooks() -> list[Path]:
    """All notebooks but what the README's command for the terminal makes."""
    return [path for path in sorted(ROOT.glob("notebooks/*.ipynb")) if path.stem != "played"]


def texts() -> Iterator[tuple[str, str]]:
    """All that is looked at: where it stands, and what it says."""
    for name in ("README.md", "notebooks/README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md"):
        path = ROOT / name
        if path.exists():
            yield str(path.relative_to(ROOT)), without_code(path.read_text(encoding="utf-8"))
    for path in notebooks():
        yield str(path.relative_to(ROOT)), prose(path)
    for path in sources():
        yield str(path.relative_to(ROOT)), docstrings(path)


def sources() -> list[Path]:
    """All modules of both packages."""
    folders = ("event_collector", "widgets")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def spelling(place: Path) -> str:
    """What codespell finds in the files of a folder, a line for each word."""
    words = place / "american.words"
    words.write_text("\n".join(american()) + "\n", encoding="utf-8")
    options = f"--builtin {DICTIONARIES} -D - -D {words.name} --skip {words.name} -q 3".split()
    ran = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *options, "."],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not ran.stderr, ran.stderr
    return ran.stdout


def test_all_is_spelt_right(tmp_path: Path) -> None:
    """In notebooks, READMEs, the guide, the changes and the docstrings of the packages."""
    for name, text in texts():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(TITLES, "", text), encoding="utf-8")
    assert spelling(tmp_path) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The color of the gray line", ["color ==> colour", "gray ==> grey"]),
        ("we analyze the behavior", ["analyze ==> analyse", "behavior ==> behaviour"]),
        ("its utilization is recieved", ["utilization ==> utilisation", "recieved ==> received"]),
        ("the colour, the behaviour and the routing of a program are focused", []),
    ],
)
def test_american_spellings_and_slips_are_found(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    """So that the test before says something."""
    (tmp_path / "text.md").write_text(text, encoding="utf-8")
    said = spelling(tmp_path).splitlines()
    assert [line.partition(": ")[2] for line in said] == found


def test_code_is_not_looked_at() -> None:
    """A library's argument is spelt as the library has it; lines stay where they are."""
    text = "a `color` of\n```python\nplot(color=1)\n```\n[here](https://center.org) <b>colour</b>"
    assert without_code(text) == "a  of\n\n\n\n[here colour"


IS_NO = re.compile(
    r"(?<!there )\b(is|are|was|were) no (?!longer|more|need|way|reason|level)[A-Za-z]+", re.I
)
"""Says that something is not what it is taken for, in a way that is hard to read."""


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_what_is_not_so_is_said_with_not(path: Path) -> None:
    """ "is not a Payload", in messages and docstrings; "there is no queue" is something else."""
    text = " ".join(path.read_text("utf-8").split())
    assert [match[0] for match in IS_NO.finditer(text)] == []


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_a_thing_has_one_name(path: Path) -> None:
    """An event is queued and waits; it is not a job of a worker in a backlog with a latency. A
    cluster has workers, and they are called that."""
    found = re.findall(OTHER_WORDS, prose(path), re.IGNORECASE)
    of_a_cluster = {"worker", "workers"} if path.stem == MACHINES else set()
    assert [word for word in found if word.lower() not in of_a_cluster] == []
