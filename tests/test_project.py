"""The project tells one story: one version, dated changes, and every decision that a test cites."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import event_collector

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / ".github" / "CONTRIBUTING.md"
DECISION = re.compile(r"\bdecisions? (\d+(?:(?:, | and | to )\d+)*)", re.IGNORECASE)


def decisions() -> list[int]:
    """The numbers of the decisions that the guide lists, as they stand there."""
    listed = GUIDE.read_text(encoding="utf-8").partition("Names and packaging")[2]
    return [int(number) for number in re.findall(r"^(\d+)\. ", listed, re.MULTILINE)]


def test_the_version_is_written_once() -> None:
    """What is installed says the version of the package; pyproject.toml has none of its own."""
    assert version("event-collector-toolkit") == event_collector.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]


def test_the_changelog_has_the_version_with_its_date() -> None:
    """What comes next is on top, then the versions, each with a day; the newest is this one."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    dated = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d", line) for line in headings[1:]]
    assert all(dated)
    assert dated[0] is not None
    assert dated[0][1] == event_collector.__version__


def test_the_guide_lists_every_decision_once_in_order() -> None:
    """Decisions are numbered without a gap."""
    assert decisions() == list(range(1, len(decisions()) + 1))


def test_every_decision_that_is_cited_stands_in_the_guide() -> None:
    """Whoever reads "Decision 14" in a test finds there what it says."""
    cited = {
        int(number)
        for folder in ("tests", "event_collector", "widgets", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for numbers in DECISION.findall(path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", numbers)
    }
    assert 14 in cited
    assert cited <= set(decisions())


def test_the_plan_names_every_module_and_room() -> None:
    """The guide's plan and the tree agree, on the first floor of both packages."""
    text = GUIDE.read_text(encoding="utf-8")
    plan = text[text.index("event_collector/  ") : text.index("Who may import whom")]
    for package in (ROOT / "event_collector", ROOT / "widgets" / "event_collector_widgets"):
        homes = {path.parent for path in package.glob("*/__init__.py")}
        modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
        named = set(re.findall(r"[a-z_]+", plan))
        assert modules | {home.name for home in homes} <= named


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_links_of_the_guides_lead_somewhere(name: str) -> None:
    """Every link is a file of the project."""
    page = GUIDE.with_name(name)
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).is_file(), link
