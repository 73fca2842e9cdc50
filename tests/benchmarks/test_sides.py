"""What the benchmark may use of an engine: names that any commit's engine has."""

import ast
from pathlib import Path

import pytest

import benchmarks
import event_collector
from event_collector import simulation

HOME = Path(benchmarks.__file__).parent
MEASURING = [HOME / "measure.py", HOME / "observe.py", *sorted((HOME / "sides").glob("*.py"))]
PUBLIC = {"event_collector": event_collector, "event_collector.simulation": simulation}


@pytest.mark.parametrize("path", MEASURING, ids=lambda path: path.name)
def test_what_measures_imports_public_names_only(path: Path) -> None:
    """From a package itself: its modules may have other names at another commit."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("event_collector"):
            public = PUBLIC[node.module or ""]
            assert {name.name for name in node.names} <= set(public.__all__)
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
            assert not [module for module in modules if module.startswith("event_collector.")]


@pytest.mark.parametrize("path", MEASURING, ids=lambda path: path.name)
def test_what_measures_reads_no_private_attributes(path: Path) -> None:
    """Of anything but itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            itself = isinstance(node.value, ast.Name) and node.value.id == "self"
            assert itself or node.attr.startswith("__"), ast.unparse(node)
