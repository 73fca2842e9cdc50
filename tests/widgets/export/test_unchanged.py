"""What you tried in a notebook moves into a service unchanged: the README's line, tested.

The notebook is that of the course about it. It is run in a kernel up to its first export.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.widgets.export.serving import cells_of, running
from tests.widgets.kernels import ROOT, Kernel

pytestmark = pytest.mark.long
"""It has a kernel, a server and a process of its own."""

NOTEBOOK = ROOT / "notebooks" / "09_from_notebook_to_service.ipynb"

TOLD = """
import json
from event_collector import Error
print(json.dumps([
    [event.payload.value, [
        {type(each.exception).__name__: None} if isinstance(each, Error) else {"Ok": each.value}
        for each in event.result
    ]]
    for event in bench.history
]))
"""
"""What the notebook gives for each payload: one result a collector, in JSON."""


class Tried:
    """What was tried in the notebook.

    Args:
        folder: Where it was exported to.
        sources: The functions that were typed in its cells, by name, without decorators.
        results: Each value that was sent, and what came of it.
    """

    def __init__(self, folder: Path, sources: dict[str, str], results: list[Any]) -> None:
        self.folder = folder
        self.sources = sources
        self.results = results


@pytest.fixture(scope="module")
def tried() -> Iterator[Tried]:
    """The notebook, run up to the file that is written beside the module."""
    cells = cells_of(NOTEBOOK)
    upto = next(n for n, cell in enumerate(cells) if "serve.py" in cell) + 1
    kernel = Kernel()
    try:
        kernel.run(f"import os; os.chdir({str(NOTEBOOK.parent)!r})")
        for cell in cells[:upto]:
            assert (output := kernel.run(cell)).error == "", output.error
        folder = Path(kernel.run("print(folder)").out.strip())
        yield Tried(folder, functions_in(cells[:upto]), json.loads(kernel.run(TOLD).out))
    finally:
        kernel.stop()


def functions_in(cells: list[str]) -> dict[str, str]:
    """The functions at the top level of cells, as they were typed, without decorators."""
    found = {}
    for cell in cells:
        for node in parsed(cell):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name] = "\n".join(cell.splitlines()[node.lineno - 1 : node.end_lineno])
    return found


def parsed(cell: str) -> list[ast.stmt]:
    """The statements of a cell that may await."""
    tree = compile(cell, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Module)
    return tree.body


def test_the_functions_of_the_service_are_those_of_the_notebook_byte_for_byte(tried: Tried) -> None:
    """Processors, and what else was named; the decorator alone, the workbench's, is gone."""
    text = (tried.folder / "station.py").read_text("utf-8")
    for name in ("celsius", "keep", "to_payload", "make_app"):
        assert f"\n\n\n{tried.sources[name]}\n\n\n" in text


def test_the_service_gives_the_results_of_the_notebook_for_the_same_payloads(tried: Tried) -> None:
    """Over the network, in another process, and in the same order: Errors too."""
    assert len(tried.results) > 5
    got = []
    with running(tried.folder, "serve.py", "0") as service:
        for value, _ in tried.results:
            said = service.post("/readings", value)
            results = [{"Ok": each} for each in said["results"].values()]
            got.append(
                [value, results + [{each: None} for each in said.get("errors", {}).values()]]
            )
    assert got == tried.results
    assert service.code == 0
