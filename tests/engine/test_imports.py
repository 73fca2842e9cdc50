"""Imports go down only: what each module may import, read from its source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "event_collector"
WIDGETS = ROOT / "widgets" / "event_collector_widgets"

# From the ground up; a module may import what is below it.
FLOORS = [
    ["_text"],
    ["errors", "_check"],
    ["results"],
    ["data", "gate", "pace"],
    ["watched"],
    ["collector"],
    ["roster"],
    ["dispatch"],
    ["router", "event"],
    ["buffer", "waiting", "metrics"],
    ["line"],
    ["consumer"],
    ["consumers"],
    ["lifecycles", "publisher"],
    ["membership", "shutdown", "settling"],
    ["life"],
    ["queue"],
    ["history"],
    ["__init__"],
]
ENGINE_FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
ENGINE_MODULES = sorted(ENGINE.glob("*.py"))
PANELS = sorted(WIDGETS.glob("panels/*.py"))

# What each module of the widgets imports of them: when it is imported, in a call, or for types.
DRAWING = {"pictures.look", "pictures.words"}
DRAWN = {*DRAWING, "pictures.canvas", "pictures.record"}
A_PANEL = {"workbench", "panels.panel", "panels.parts"}
WIDGETS_MAY_IMPORT: dict[str, set[str]] = {
    "gallery": set(),
    "kernel": set(),
    "namespace": {"gallery"},
    "workbench": {"kernel", "namespace"},
    "panels.parts": set(),
    "panels.panel": {"workbench"},
    "panels.collectors": {*A_PANEL, "gallery"},
    "panels.send": A_PANEL,
    "panels.results": {*A_PANEL, "kernel"},
    "panels.playground": {*A_PANEL, "panels.collectors", "panels.send", "panels.results"},
    "panels": set(),
    "pictures.look": set(),
    "pictures.words": set(),
    "pictures.record": set(),
    "pictures.flow": DRAWING,
    "pictures.canvas": DRAWING,
    "pictures.grid": DRAWN,
    "pictures.orders": DRAWN,
    "pictures.lanes": DRAWN,
    "pictures.curves": {*DRAWN, "pictures.lanes"},
    "pictures": {
        *(f"pictures.{each}" for each in ("flow", "record", "grid", "orders", "lanes", "curves"))
    },
    "course.comparing": set(),
    "course.checks": {"course.comparing"},
    "course.prediction": {"course.comparing", "panels.parts"},
    "course.learners": set(),
    "course": set(),
    "learners": {"course.learners"},
}


def is_for_type_checkers(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def statements(node: ast.AST, in_functions: bool) -> Iterator[ast.AST]:
    """All statements that run when a module is imported, and if wished those in functions."""
    for child in ast.iter_child_nodes(node):
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if is_for_type_checkers(child) or (function and not in_functions):
            continue
        yield child
        yield from statements(child, in_functions)


def imports(module: Path, in_functions: bool = False) -> set[str]:
    """The dotted names that a module imports; `from a import b` is both a and a.b."""
    found: set[str] = set()
    for node in statements(ast.parse(module.read_text("utf-8")), in_functions):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} has a relative import"
            assert node.module is not None
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def siblings(module: Path, in_functions: bool = False) -> set[str]:
    """The modules of its own package that a module imports."""
    inner = [name.split(".") for name in imports(module, in_functions)]
    package, known = module.parent.name, {path.stem for path in module.parent.glob("*.py")}
    return {parts[1] for parts in inner if parts[0] == package and parts[1:2] and parts[1] in known}


def test_every_module_has_its_floor() -> None:
    """A new module of the engine must be given its place; frames stands apart."""
    assert {path.stem for path in ENGINE_MODULES} == {*ENGINE_FLOOR, "frames"}


@pytest.mark.parametrize("module", ENGINE_MODULES, ids=lambda path: path.stem)
def test_the_engine_imports_downwards_only(module: Path) -> None:
    """The design: errors, data below collector, below router and event, and so on up to history."""
    floor = ENGINE_FLOOR.get(module.stem, len(FLOORS))
    upwards = [name for name in siblings(module) if ENGINE_FLOOR.get(name, len(FLOORS)) >= floor]
    assert upwards == []


@pytest.mark.parametrize("module", ENGINE_MODULES, ids=lambda path: path.stem)
def test_the_engine_imports_the_standard_library_only(module: Path) -> None:
    """Decision 5: nothing but the standard library, but for frames, whose call imports pandas."""
    roots = {name.split(".")[0] for name in imports(module)}
    assert roots <= sys.stdlib_module_names | {"event_collector"}
    late = {name.split(".")[0] for name in imports(module, in_functions=True)} - roots
    assert late <= ({"pandas", "numpy"} if module.stem == "frames" else {"event_collector"})


@pytest.mark.parametrize("module", ENGINE_MODULES, ids=lambda path: path.stem)
def test_frames_is_imported_by_calls_only(module: Path) -> None:
    """Decision 5: frames is not even read before a DataFrame is made."""
    assert "frames" not in siblings(module)


LOADED = """
import sys
before = set(sys.modules)
sys.path.insert(0, {root!r})
import event_collector
print(*sorted({{name.split(".")[0] for name in set(sys.modules) - before}}))
print(*sorted(name for name in sys.modules if name.startswith("event_collector.")))
"""


def test_importing_the_engine_loads_the_standard_library_only() -> None:
    """Decision 5: without any installed package the import works, and loads nothing else."""
    said = subprocess.run(
        [sys.executable, "-ISc", LOADED.format(root=str(ROOT))],
        capture_output=True,
        text=True,
        check=True,
    )
    packages, modules = (set(line.split()) for line in said.stdout.splitlines())
    assert packages - sys.stdlib_module_names == {"event_collector"}
    assert "event_collector.frames" not in modules


HEAVY = "pandas numpy IPython traitlets ipywidgets anywidget itables matplotlib nest_asyncio2"


def test_importing_the_engine_loads_nothing_that_is_installed() -> None:
    """Decision 5: pandas, IPython, traitlets and the like stay out where they are installed too."""
    code = f"import event_collector, sys; print({set(HEAVY.split())!r} & sys.modules.keys())"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "set()"


def widget(module: Path) -> str:
    """The name of a module of the widgets within its package; the package itself is empty."""
    parts = module.relative_to(WIDGETS).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported_anywhere(module: Path) -> set[str]:
    """The dotted names that a module imports, in calls and for type checkers too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("module", sorted(WIDGETS.rglob("*.py")), ids=widget)
def test_the_widgets_import_downwards_only(module: Path) -> None:
    """The design: the model, panels that know no other, their playground; rooms of their own."""
    name = widget(module)
    known = {widget(path): path for path in WIDGETS.rglob("*.py")}
    package = "event_collector_widgets."
    found = {each for each in imported_anywhere(module) if each.startswith(package)}
    inner = {each.removeprefix(package) for each in found}
    allowed = known.keys() if name == "" else WIDGETS_MAY_IMPORT[name]
    assert (inner & known.keys()) - allowed - {name} == set()
    assert [each for each in inner - known.keys() if "." not in each] == []  # of the package itself


def test_there_is_no_circle_in_what_the_widgets_may_import() -> None:
    """What is listed above goes down only."""
    tuple(TopologicalSorter(WIDGETS_MAY_IMPORT).static_order())


@pytest.mark.parametrize("module", PANELS, ids=lambda path: path.stem)
def test_a_panel_never_touches_the_queue(module: Path) -> None:
    """The design: panels call the workbench, and render what it tells them."""
    names = imported_anywhere(module)
    assert not [name for name in names if name.startswith("event_collector.queue")]
    assert not names & {f"event_collector.{name}" for name in ("CollectorQueue", "EventPublisher")}


@pytest.mark.parametrize("module", ENGINE_MODULES, ids=lambda path: path.stem)
def test_the_engine_knows_no_widget(module: Path) -> None:
    """The design: the engine never imports widgets, IPython or traitlets, not even in a call."""
    roots = {name.split(".")[0] for name in imports(module, in_functions=True)}
    assert not roots & {"event_collector_widgets", "IPython", "traitlets", "ipywidgets"}
