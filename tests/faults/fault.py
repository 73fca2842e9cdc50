"""A fault: a small change of the engine or the widgets, with an address by module and function.

The address says nothing of folders and lines, so a module may be moved and a function too: its
faults follow. The text that is changed needs to be unique within the function only.
"""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

ENGINE = ROOT / "event_collector"
WIDGETS = ROOT / "widgets" / "event_collector_widgets"
GUARD = WIDGETS / "guard"

NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True, slots=True)
class Fault:
    """A small change of the engine, or of the widgets, that some test must notice."""

    name: str
    """What a user would suffer, in words."""
    at: str
    """Where it is: "module:function", such as "queued:Queued.take".

    The module goes by its own name, whatever folder it lies in; where two have the same, by the
    end of its dotted name, such as "simulation.waiting". The function, method or class goes by its
    qualified name; without one, it is the module's top level."""
    _: KW_ONLY
    find: str
    """Text that occurs once there; decorators and docstring count."""
    put: str
    """What the fault has in its place."""
    tests: str
    """The test files that should notice it, without `test_`. Of the engine's faults they are run
    first; of the widgets' only these are run."""
    notebook: str = ""
    """The notebook whose subject it spoils, and that should notice it too, without `.ipynb`."""
    of: str = ENGINE.name
    """The package that it is in: the engine, the widgets, or the guard."""

    def home(self, root: Path = ROOT) -> Path:
        """The folder of its package in the repository, or in a copy of that."""
        packages = {package.name: package for package in (ENGINE, WIDGETS, GUARD)}
        return root / packages[self.of].relative_to(ROOT)


@dataclass(frozen=True, slots=True)
class NotebookFault:
    """A small change of a notebook, which goes wrong beside its cells."""

    name: str
    """What goes wrong, in words."""
    notebook: str
    """The notebook, without `.ipynb`."""
    _: KW_ONLY
    find: str
    """Text that occurs once in its code cells."""
    put: str
    """What the fault has in its place."""


class UnfitFaultError(Exception):
    """A fault is about a place or a text that is not there, or not once."""

    def __init__(self, fault: Fault | NotebookFault, why: str) -> None:
        super().__init__(f"the fault {fault.name!r} does not fit any more: {why}")


def faulty(fault: Fault, engine: Path | None = None) -> tuple[Path, str]:
    """The file that a fault is in, and what it says with the fault in it.

    Args:
        fault: The fault.
        engine: The package that it is looked for in: its own unless given.

    Raises:
        UnfitFaultError: The module, the function or the text is not there, or not once.
    """
    module, _, function = fault.at.partition(":")
    engine = fault.home() if engine is None else engine
    path = _module(fault, module, engine)
    text = path.read_text(encoding="utf-8")
    file = f"{engine.name}/{path.relative_to(engine).as_posix()}"
    regions = _regions(text, function)
    if function and len(regions) != 1:
        raise UnfitFaultError(fault, f"{file} has {len(regions)} definitions of {function!r}")
    count = sum(text.count(fault.find, start, end) for start, end in regions)
    if count != 1:
        where = f"{function!r} in {file}" if function else f"the top level of {file}"
        raise UnfitFaultError(
            fault, f"{where} must have this text once, and has it {count} times:\n{fault.find}"
        )
    place = max(text.find(fault.find, start, end) for start, end in regions)
    return path, text[:place] + fault.put + text[place + len(fault.find) :]


def faulty_notebook(fault: NotebookFault, folder: Path = NOTEBOOKS) -> tuple[Path, str]:
    """The file of a notebook that a fault is in, and what it says with the fault in it.

    Raises:
        UnfitFaultError: The text is not there, or not once.
    """
    path = folder / f"{fault.notebook}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in codes]
    count = sum(source.count(fault.find) for source in sources)
    if count != 1:
        why = f"{path.name} must have this text once, and has it {count} times:\n{fault.find}"
        raise UnfitFaultError(fault, why)
    for cell, source in zip(codes, sources, strict=True):
        cell["source"] = source.replace(fault.find, fault.put)
    return path, json.dumps(notebook, ensure_ascii=False)


def unfit_among(faults: Sequence[Fault | NotebookFault]) -> list[UnfitFaultError]:
    """What is wrong with the faults that do not fit their package, or their notebook."""
    wrong = []
    for fault in faults:
        try:
            if isinstance(fault, Fault):
                faulty(fault)
            else:
                faulty_notebook(fault)
        except UnfitFaultError as error:
            wrong.append(error)
    return wrong


def _module(fault: Fault, name: str, engine: Path) -> Path:
    """The file of a module."""
    end = name.split(".")
    found = [
        path for path in sorted(engine.rglob("*.py")) if _parts(path, engine)[-len(end) :] == end
    ]
    if not found:
        raise UnfitFaultError(fault, f"{engine.name} has no module {name!r}")
    if len(found) > 1:
        names = ", ".join(".".join(_parts(path, engine)) for path in found)
        raise UnfitFaultError(fault, f"{name!r} may be each of {names}; write more of its name")
    return found[0]


def _parts(path: Path, engine: Path) -> list[str]:
    """The parts of the dotted name of a module; a package goes by the name of its folder."""
    parts = path.relative_to(engine.parent).with_suffix("").parts
    return list(parts[:-1] if parts[-1] == "__init__" else parts)


def _regions(text: str, function: str) -> list[tuple[int, int]]:
    """From where to where a function goes, in characters; a region for each of its definitions.

    Those of the top level are what lies between the definitions.
    """
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found, top, last = [], [], 0
    for name, first, end in _definitions(ast.parse(text)):
        start, stop = starts[first - 1], starts[end]
        if name == function:
            found.append((start, stop))
        if start >= last:
            top.append((last, start))
            last = stop
    return found if function else [*top, (last, len(text))]


def _definitions(node: ast.AST, within: str = "") -> Iterator[tuple[str, int, int]]:
    """The functions and classes in a part of a program: qualified name, first and last line."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if any(getattr(each, "id", "") == "overload" for each in child.decorator_list):
                continue  # it only says what the one that follows takes
            lines = [child.lineno, *(decorator.lineno for decorator in child.decorator_list)]
            yield within + child.name, min(lines), child.end_lineno or child.lineno
            yield from _definitions(child, f"{within}{child.name}.")
        else:
            yield from _definitions(child, within)
