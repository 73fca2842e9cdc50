"""The checkers that users run, strictly, on programs as users write them."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parent
ROOT = HOME.parents[1]
CACHE = ROOT / ".mypy_cache" / "users"
"""Kept: the second time it takes a second."""
PROGRAMS = sorted(HOME.glob("[!t]*.py"))

WRONG = """
from event_collector import BatchProcessor, Collector, CollectorQueue, Context, Ok, Payload
from event_collector import Processor, Result


class Limits(Context):
    limit: int


class Store(Context):
    rows: list[int]


async def judge(payload: Payload[int], ctx: Limits) -> Result:
    return Ok(payload.value > ctx.limit)


async def many(payloads: list[Payload[int]], ctx: Limits) -> list[Result]:
    return [Ok(payload.value > ctx.limit) for payload in payloads]


async def text(payloads: list[Payload[int]], ctx: Limits) -> str:
    return "saved"


def plain(payload: Payload[int], ctx: Limits) -> Result:
    return Ok(payload.value)


def read(result: Result) -> object:
    return result.value  # wrong: an Error has none


Collector("judge", judge, ctx="forty")  # wrong: not a Context
Collector("judge", plain)  # wrong: not async
Collector(7, judge)  # wrong: the key
Collector("many", many, batch_size=7, linger=0.5)
Collector("many", many)  # wrong: it takes many, and would get one
Collector("judge", judge, batch_size=7)  # wrong: it takes one, and would get many
Collector("judge", judge, linger=0.5)  # wrong: nothing lingers
Collector("text", text, batch_size=7)  # wrong: a str is not a list of results
batch: BatchProcessor[Limits] = many
other: BatchProcessor[Store] = many  # wrong: of another context
store: Processor[Store] = judge  # wrong: of another context
limit: str = Collector("judge", judge).ctx.limit  # wrong: an int
CollectorQueue([judge], min_consumers=1, max_consumers=1)  # wrong: not a Collector
Payload(1, "key")  # wrong: not a Delivery
"""


def pyright(path: Path, place: Path) -> list[tuple[str, int, str]]:
    """What pyright says of a file or folder, as strictly as it can: file, line and text.

    It is basedpyright, which comes with its Node; in its strict mode it says what pyright says.
    """
    settings = {
        "include": [str(path)],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.12",
        "extraPaths": [str(ROOT), str(ROOT / "widgets")],
    }
    project = place / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    command = ["-m", "basedpyright", "-p", str(project), "--outputjson"]
    ran = subprocess.run(
        [sys.executable, *command, "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    said: dict[str, Any] = json.loads(ran.stdout)
    assert said["summary"]["filesAnalyzed"] > 0, ran.stdout
    return [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in said["generalDiagnostics"]
    ]


def mypy(path: Path, place: Path) -> list[tuple[str, int, str]]:
    """What mypy says of a file, strictly."""
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(CACHE), str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=place,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "widgets")])},
    )
    assert not ran.stderr, ran.stderr
    lines = [line.split(":", 3) for line in ran.stdout.splitlines() if ": error:" in line]
    return [(Path(file).name, int(line), text) for file, line, _, text in lines]


def test_pyright_passes_on_the_programs_of_users(tmp_path: Path) -> None:
    """Decision 3: contexts of several classes in one list, bare types, narrowing, the decorator."""
    assert {path.stem for path in PROGRAMS} >= {"api", "bench", "contexts"}
    assert pyright(HOME, tmp_path) == []


@pytest.mark.parametrize("checker", [pyright, mypy])
def test_a_checker_finds_what_is_wrong_and_nothing_else(checker: Any, tmp_path: Path) -> None:
    """The types say something: each line that is wrong is found, and no other."""
    path = tmp_path / "wrong.py"
    path.write_text(WRONG, encoding="utf-8")
    wrong = {n for n, line in enumerate(WRONG.splitlines(), 1) if "# wrong" in line}
    said = checker(path, tmp_path)
    assert {line for _, line, _ in said} == wrong, said


def test_a_program_with_typed_contexts_runs() -> None:
    """A: what the checkers accept is what happens."""
    program = runpy.run_path(str(HOME / "contexts.py"), run_name="__main__")
    assert program["said"] == ["Ok(21.5), Ok(1), Ok(1), Ok(1)", "ValueError, Ok(2), Ok(2), Ok(1)"]


def test_the_aliases_are_what_they_were_at_run_time() -> None:
    """Decision 4: a `type` statement each; bare and with a context, in annotations that are run."""
    from typing import TypeAliasType

    from event_collector import BatchProcessor, Collector, Context, LifecycleManager, Processor

    for alias in (Processor, BatchProcessor, LifecycleManager):
        assert isinstance(alias, TypeAliasType)
        assert alias.__value__ is not None
        assert repr(alias[Context]).startswith(alias.__name__)
    assert Collector[Context].__origin__ is Collector  # type: ignore[attr-defined]
    assert list[Collector] == list[Collector]
