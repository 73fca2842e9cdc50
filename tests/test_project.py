"""The project tells one story: one version, and dated changes."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import event_collector

ROOT = Path(__file__).parent.parent


def test_the_version_is_written_once() -> None:
    """What is installed says the version of the package; pyproject.toml has none of its own."""
    assert version("event-collector-toolkit") == event_collector.__version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dynamic"] == ["version"]


def test_the_changelog_has_the_version_with_its_date() -> None:
    """What comes next is on top, then the versions, each with a day; the newest is this one."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    dated = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d", line) for line in headings[1:]]
    assert all(dated)
    assert dated[0] is not None
    assert dated[0][1] == event_collector.__version__
