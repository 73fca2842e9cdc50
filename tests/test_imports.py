"""The house: which rooms there are, and who may import whom, read from the source of every module.

Imports for type checkers and within functions count too: a reader must know the same.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house import ENGINE_FLOORS, ORGAN, WIDGETS_FLOORS

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "event_collector"
WIDGETS = ROOT / "widgets" / "event_collector_widgets"
PACKAGES = {"event_collector": ENGINE, "event_collector_widgets": WIDGETS}

type Module = tuple[str, str]
"""A package, and the dotted name of a module in it; "" is the package itself."""


@cache
def modules() -> dict[Module, Path]:
    """All modules of both packages, in every folder."""
    found = {}
    for package, home in PACKAGES.items():
        for path in sorted(home.rglob("*.py")):
            parts = path.relative_to(home).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found[package, name] = path
    return found


def names_imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it; of `from a import b`, a and a.b."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports(module: Module) -> frozenset[Module]:
    """The modules of both packages that a module imports, by itself.

    `from package import module` imports the module; the package, of which it is a part, is
    loaded before in any case and does not count.
    """
    found = set()
    for name in names_imported(modules()[module]):
        package, _, rest = name.partition(".")
        if package not in PACKAGES:
            continue
        if (package, rest) in modules():
            found.add((package, rest))
        elif rest and (package, rest.rpartition(".")[0]) in modules():
            found.add((package, rest.rpartition(".")[0]))
    parts = {(package, part.rpartition(".")[0]) for package, part in found}
    bare = {each for each in parts if each in found and not takes_from(module, each)}
    return frozenset(found - bare - {module})


def takes_from(module: Module, package: Module) -> bool:
    """Whether a module imports a name of a package's own, not only modules that lie in it."""
    dotted = ".".join(filter(None, package))
    for node in ast.walk(ast.parse(modules()[module].read_text("utf-8"))):
        if isinstance(node, ast.Import) and any(alias.name == dotted for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == dotted:
            inner = {(package[0], f"{package[1]}.{a.name}".lstrip(".")) for a in node.names}
            if not inner <= modules().keys():
                return True
    return False


def floor_of(module: Module) -> int | None:
    """The number of a module's floor; None if it was not given any."""
    floors = ENGINE_FLOORS if module[0] == "event_collector" else WIDGETS_FLOORS
    room = room_of(module)[1]
    for number, floor in enumerate(floors):
        if module[1] in floor or (room and f"{room}.*" in floor):
            return number
    return None


def circles() -> Iterator[list[Module]]:
    """Each group of modules that lead to each other, however far around."""
    reached = {module: reach(module) for module in modules()}
    seen: set[Module] = set()
    for module in modules():
        group = [other for other in reached[module] if module in reached[other]]
        if group and module not in seen:
            seen.update(group)
            yield sorted({module, *group})


def reach(module: Module) -> set[Module]:
    """The modules that a module imports, by itself or through others."""
    found: set[Module] = set()
    waiting = list(imports(module))
    while waiting:
        if (other := waiting.pop()) not in found:
            found.add(other)
            waiting.extend(imports(other))
    return found


def one_per_line(module: Module) -> str:
    """How a test names a module."""
    return ".".join(filter(None, module))


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_every_module_has_its_floor(module: Module) -> None:
    """The design: a new module must be given its place."""
    assert floor_of(module) is not None


@pytest.mark.parametrize(
    ("package", "floors"),
    [("event_collector", ENGINE_FLOORS), ("event_collector_widgets", WIDGETS_FLOORS)],
)
def test_every_floor_has_its_modules(package: str, floors: list[list[str]]) -> None:
    """The design: the plan names no module that is not there."""
    names = {name for home, name in modules() if home == package}
    rooms = {f"{name}.*" for name in names}
    assert {name for floor in floors for name in floor} <= names | rooms


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_imports_go_downwards_only(module: Module) -> None:
    """The design: who may import whom. The organ's modules may know each other."""
    floor = floor_of(module)
    assert floor is not None
    upwards = []
    for other in imports(module):
        theirs = floor_of(other)
        same_room = room_of(other) == room_of(module)
        mutual = {module[1], other[1]} <= ORGAN
        level = theirs == floor and (mutual or (same_room and whole_room(module)))
        if other[0] == module[0] and not level and (theirs is None or theirs >= floor):
            upwards.append(one_per_line(other))
    assert upwards == []


def room_of(module: Module) -> Module:
    """The folder that a module lies in: the innermost that has a floor as a whole, or the first."""
    floors = ENGINE_FLOORS if module[0] == "event_collector" else WIDGETS_FLOORS
    whole = {name.removesuffix(".*") for floor in floors for name in floor if name.endswith(".*")}
    room = module[1]
    while room and room not in whole:
        room = room.rpartition(".")[0]
    return module[0], room or module[1].partition(".")[0]


def whole_room(module: Module) -> bool:
    """Whether a room as a whole has one floor."""
    floors = ENGINE_FLOORS if module[0] == "event_collector" else WIDGETS_FLOORS
    return any(f"{room_of(module)[1]}.*" in floor for floor in floors)


def test_the_organ_is_the_only_circle() -> None:
    """The design: no circle but the organ's, imports for types and within functions counted."""
    organ = sorted(("event_collector", name) for name in ORGAN)
    assert list(circles()) == [organ]


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_the_engine_knows_no_widget(module: Module) -> None:
    """The design: the engine never imports widgets, IPython or traitlets, not even in a call."""
    if module[0] == "event_collector":
        roots = {name.partition(".")[0] for name in names_imported(modules()[module])}
        assert not roots & {"event_collector_widgets", "IPython", "traitlets", "ipywidgets"}


CLUSTER = {"distributed", "dask", "cloudpickle", "tblib"}
"""What the room `cluster` may import, which nobody imports but who names it: decision 35."""


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_the_engine_imports_the_standard_library_only(module: Module) -> None:
    """Decision 5: nothing but the standard library, but for the call that makes a DataFrame.

    And for inputs of services, and type checkers, which bring `typing_extensions` along: see the
    tests below.
    """
    if module[0] == "event_collector":
        roots = {name.partition(".")[0] for name in names_imported(modules()[module])}
        frames = {"pandas", "numpy"} if to_frame_is_in(module) else set()
        types = {"typing_extensions"} if module[1] == "processors" else set()
        extra = CLUSTER if module[1].split(".")[0] == "cluster" else SERVED.get(module[1], set())
        assert roots <= sys.stdlib_module_names | {"event_collector"} | frames | types | extra


SERVED = {
    "inputs.http.listening": {"uvicorn"},
    "inputs.mqtt": {"paho"},
    "inputs.mqtt_messages": {"paho"},
    "inputs.mqtt_reader": {"paho"},
}
"""What inputs need that others wrote, of the extra `[services]`; nothing that they rest on does."""


def to_frame_is_in(module: Module) -> bool:
    """Whether a module makes DataFrames, or promises one."""
    return module[1] == "_frames" or "def to_frame" in modules()[module].read_text("utf-8")


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_a_panel_never_touches_the_queue(module: Module) -> None:
    """The design: panels call the workbench, and render what it tells them."""
    if module[1].startswith("panels."):
        names = set(names_imported(modules()[module]))
        forbidden = {"CollectorQueue", "EventPublisher", "queue", "publisher", "_core"}
        assert not names & {f"event_collector.{name}" for name in forbidden}
        assert not [name for name in names if name.startswith("event_collector._core")]


PRIVATE_TO_SHARE = {"_text", "_check"}
"""The small helpers of the engine that the widgets may use too."""


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_the_widgets_import_public_names_of_the_engine_only(module: Module) -> None:
    """The design: an underscore is private to its package, two helpers excepted."""
    if module[0] == "event_collector_widgets":
        engine = [name for name in names_imported(modules()[module]) if is_of_the_engine(name)]
        parts = {part for name in engine for part in name.split(".") if part.startswith("_")}
        assert parts <= PRIVATE_TO_SHARE


def is_of_the_engine(name: str) -> bool:
    """Whether a dotted name is the engine, or in it."""
    return name.partition(".")[0] == "event_collector"


@pytest.mark.parametrize("module", modules(), ids=one_per_line)
def test_the_widgets_reach_for_nothing_private_in_the_engine(module: Module) -> None:
    """The design: what a panel or the workbench needs, an Instrument or a public name gives."""
    if module[0] == "event_collector_widgets":
        assert private_names_used(modules()[module]) <= private_names_of_the_widgets()


def private_names_used(path: Path) -> set[str]:
    """The names after a dot that begin with one underscore, asyncio's own left out."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    used = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) != "asyncio"
    }
    return {name for name in used if name.startswith("_") and not name.startswith("__")}


@cache
def private_names_of_the_widgets() -> set[str]:
    """Those that are defined in the widgets, as a function, a class or an attribute of self; that
    by which IPython asks an object how it is shown; those of ipywidgets and ipykernel without
    which a field goes deaf that is typed in while a cell awaits, see `panels.parts.answered`; and
    that of IPython by which the guard hears of tracebacks that are shown."""
    names = {"_repr_mimebundle_", "_handle_msg", "_publish_status", "_showtraceback"}
    for module, path in modules().items():
        if module[0] != "event_collector_widgets":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


LOADED = """
import sys
before = set(sys.modules)
sys.path.insert(0, {root!r})
import event_collector
print(*sorted({{name.split(".")[0] for name in set(sys.modules) - before}}))
"""


def test_importing_the_engine_loads_the_standard_library_only() -> None:
    """Decision 5: without any installed package the import works, and loads nothing else."""
    said = subprocess.run(
        [sys.executable, "-ISc", LOADED.format(root=str(ROOT))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(said.stdout.split()) - sys.stdlib_module_names == {"event_collector"}


HEAVY = "pandas numpy IPython traitlets ipywidgets anywidget matplotlib nest_asyncio2 distributed"


def test_importing_the_engine_loads_nothing_that_is_installed() -> None:
    """Decision 5: pandas, IPython, traitlets and the like stay out where they are installed too."""
    code = f"import event_collector, sys; print({set(HEAVY.split())!r} & sys.modules.keys())"
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert said.strip() == "set()"
