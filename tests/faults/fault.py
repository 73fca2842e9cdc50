"""A fault: a small change of the engine, which has an address by module and function.

The address says nothing of folders and lines, so a module may be moved and a function too: its
faults follow. The text that is changed needs to be unique within the function only.
"""

import ast
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

ENGINE = ROOT / "event_collector"


@dataclass(frozen=True, slots=True)
class Fault:
    """A small change of the engine that some test must notice."""

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
    """The engine's test files that should notice it, without `test_`; they are run first."""
    notebook: str = ""
    """The notebook whose subject it spoils, and that should notice it too, without `.ipynb`."""


class UnfitFaultError(Exception):
    """A fault is about a place or a text that the engine does not have, or not once."""

    def __init__(self, fault: Fault, why: str) -> None:
        super().__init__(f"the fault {fault.name!r} does not fit any more: {why}")


def faulty(fault: Fault, engine: Path = ENGINE) -> tuple[Path, str]:
    """The file of an engine that a fault is in, and what it says with the fault in it.

    Raises:
        UnfitFaultError: The module, the function or the text is not there, or not once.
    """
    module, _, function = fault.at.partition(":")
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


def unfit_among(faults: list[Fault], engine: Path = ENGINE) -> list[UnfitFaultError]:
    """What is wrong with the faults that do not fit the engine."""
    wrong = []
    for fault in faults:
        try:
            faulty(fault, engine)
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
            lines = [child.lineno, *(decorator.lineno for decorator in child.decorator_list)]
            yield within + child.name, min(lines), child.end_lineno or child.lineno
            yield from _definitions(child, f"{within}{child.name}.")
        else:
            yield from _definitions(child, within)
