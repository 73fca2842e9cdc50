"""Imports: what waits for a module is told of it once, and leaves nothing behind."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from event_collector_widgets.imports import WhenImported

NAME = "waited_for_by_a_test"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that can be imported, and is not yet."""
    path = tmp_path / f"{NAME}.py"
    path.write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    sys.modules.pop(NAME, None)


def test_it_is_told_when_the_modules_code_has_run() -> None:
    """Once, and then it is out of the way: neither a finder nor a loader is left changed."""
    before, came = list(sys.meta_path), list[int]()
    WhenImported(NAME, lambda module: came.append(module.value))
    assert came == []
    found = importlib.import_module(NAME)
    assert came == [1]
    assert sys.meta_path == before
    importlib.reload(found)
    assert came == [1]
    assert found.__spec__ is not None
    assert "exec_module" not in vars(found.__spec__.loader)


def test_a_module_that_is_there_already_is_told_at_once() -> None:
    """It is not imported again."""
    found, came = importlib.import_module(NAME), list[ModuleType]()
    WhenImported(NAME, came.append)
    assert came == [found]


def test_what_has_ended_is_not_told() -> None:
    """The import works as ever."""
    before, came = list(sys.meta_path), list[ModuleType]()
    waiting = WhenImported(NAME, came.append)
    waiting.end()
    waiting.end()
    assert sys.meta_path == before
    assert importlib.import_module(NAME).value == 1
    assert came == []


def test_a_module_that_fails_is_waited_for_still(module: Path) -> None:
    """Its error is what it always was; mended, it is told."""
    module.write_text("1 / 0\n")
    came = list[ModuleType]()
    WhenImported(NAME, came.append)
    with pytest.raises(ZeroDivisionError):
        importlib.import_module(NAME)
    module.write_text("value = 'mended'\n")
    importlib.invalidate_caches()
    assert [importlib.import_module(NAME)] == came
