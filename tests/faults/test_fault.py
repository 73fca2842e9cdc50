"""A fault's address: it is found wherever its module lies, or said to be unfit, and why."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.fault import Fault, UnfitFaultError, faulty

QUEUED = '''"""The queued events."""

LIMIT = 1


class Queued:
    """Holds events."""

    limit = 1

    @property
    def full(self) -> bool:
        """Whether there is no room."""
        return self.limit <= 1

    def take(self) -> int:
        def inner() -> int:
            return 1

        return inner()


if LIMIT:

    async def take() -> int:
        return 1

else:

    async def other() -> int:
        return 1
'''

FILES = [
    "__init__.py",
    "_core/parked.py",
    "_core/waiting.py",
    "more/__init__.py",
    "more/waiting.py",
]


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """An engine of a few modules."""
    place = tmp_path / "engine"
    for name in FILES:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""{name}"""\n', encoding="utf-8")
    (place / "_core" / "queued.py").write_text(QUEUED, encoding="utf-8")
    return place


def changed(engine: Path, at: str, find: str, put: str = "CHANGED") -> list[tuple[int, str]]:
    """The lines that a fault changes, numbered from 1."""
    path, after = faulty(Fault("a fault", at, find=find, put=put, tests=""), engine)
    lines = zip(path.read_text(encoding="utf-8").split("\n"), after.split("\n"), strict=True)
    return [(number, new) for number, (old, new) in enumerate(lines, 1) if old != new]


@pytest.mark.parametrize(
    ("at", "find", "line"),
    [
        ("queued:Queued.take.inner", "return 1", (18, "            CHANGED")),
        ("queued:Queued.full", "1", (14, "        return self.limit <= CHANGED")),
        ("queued:Queued.full", "@property", (11, "    CHANGED")),
        ("queued:take", "return 1", (26, "        CHANGED")),
        ("_core.queued:other", "1", (31, "        return CHANGED")),
        ("engine._core.queued:Queued", "limit = 1", (9, "    CHANGED")),
    ],
)
def test_a_text_needs_to_be_unique_within_the_function_only(
    engine: Path, at: str, find: str, line: tuple[int, str]
) -> None:
    """It may stand a second time elsewhere; decorators belong to the function."""
    assert changed(engine, at, find) == [line]


def test_the_top_level_of_a_module_is_what_lies_in_no_definition(engine: Path) -> None:
    """A fault may be about a constant."""
    assert changed(engine, "queued", "= 1") == [(3, "LIMIT CHANGED")]


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("parked", "_core/parked.py"),
        ("_core.parked", "_core/parked.py"),
        ("more.waiting", "more/waiting.py"),
        ("more", "more/__init__.py"),
        ("engine", "__init__.py"),
    ],
)
def test_a_module_is_found_by_the_end_of_its_name(engine: Path, module: str, file: str) -> None:
    """Whatever folder it lies in; a package is a module too."""
    path, text = faulty(Fault("a fault", module, find=file, put="found", tests=""), engine)
    assert (path, text) == (engine / file, '"""found"""\n')


@pytest.mark.parametrize(
    ("at", "find", "why"),
    [
        ("gone:f", "x", "engine has no module 'gone'"),
        (
            "waiting:f",
            "x",
            (
                "'waiting' may be each of engine._core.waiting, engine.more.waiting; "
                "write more of its name"
            ),
        ),
        ("queued:Queued.gone", "x", "engine/_core/queued.py has 0 definitions of 'Queued.gone'"),
        (
            "queued:Queued.take",
            "gone",
            (
                "'Queued.take' in engine/_core/queued.py must have this text once, "
                "and has it 0 times:\ngone"
            ),
        ),
        (
            "queued:Queued",
            "1",
            "'Queued' in engine/_core/queued.py must have this text once, and has it 3 times:\n1",
        ),
        (
            "queued",
            "gone",
            (
                "the top level of engine/_core/queued.py must have this text once, "
                "and has it 0 times:\ngone"
            ),
        ),
    ],
)
def test_a_fault_that_does_not_fit_says_why(engine: Path, at: str, find: str, why: str) -> None:
    """The module is not there, or the function is not, or the text is not there once."""
    message = f"the fault 'it is slow' does not fit any more: {why}"
    with pytest.raises(UnfitFaultError, match=f"^{re.escape(message)}$"):
        faulty(Fault("it is slow", at, find=find, put="", tests=""), engine)


def test_a_function_that_is_there_twice_is_not_chosen_from(engine: Path) -> None:
    """Nobody could tell which one is meant."""
    path = engine / "_core" / "queued.py"
    path.write_text(QUEUED.replace("other", "take"), encoding="utf-8")
    with pytest.raises(UnfitFaultError, match=r"has 2 definitions of 'take'$"):
        faulty(Fault("it is slow", "queued:take", find="1", put="", tests=""), engine)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_a_change_that_python_can_read(fault: Fault) -> None:
    """It fits the engine, changes it, and is not noticed for its spelling alone."""
    path, text = faulty(fault)
    assert text != path.read_text(encoding="utf-8")
    compile(text, str(path), "exec")


def test_every_planted_fault_has_a_name_of_its_own() -> None:
    """`--only` finds it by that."""
    assert Counter(fault.name for fault in FAULTS).most_common(1)[0][1] == 1
