"""The exported module as a service: the playground's workbench out of its notebook."""

import json
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.widgets.export.exported import ruff
from tests.widgets.export.serving import cells_of, running
from tests.widgets.kernels import ROOT, Kernel

pytestmark = pytest.mark.long
"""It runs the whole year of weather, more than once."""

BLOCKER = """
import runpy, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {jupyter!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
runpy.run_path({module!r}, run_name="__main__")
"""
JUPYTER = {"IPython", "ipywidgets", "ipykernel", "traitlets", "event_collector_widgets", "pandas"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with what the playground exports, its database in the folder of the service."""
    place = tmp_path_factory.mktemp("service")
    cells = cells_of(ROOT / "notebooks" / "playground.ipynb")
    upto = next(n for n, cell in enumerate(cells) if cell.startswith("history ="))
    kernel = Kernel()
    try:
        for cell in cells[:upto]:
            output = kernel.run(cell)
            assert output.error == "", output.error
        kernel.run(f"import os; os.environ['HOME'] = {str(place)!r}")
        said = kernel.run(blocks("python")[0]).out
        assert said.startswith("context of 'daily_means': temps={}, means={}\nwrote ")
        yield place / "weather"
    finally:
        kernel.stop()


def blocks(language: str) -> list[str]:
    """What notebook 09 says of the way from the playground to a service, in order."""
    path = ROOT / "notebooks" / "09_from_notebook_to_service.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    (told,) = ["".join(each["source"]) for each in cells if "### Yours" in "".join(each["source"])]
    return re.findall(rf"^```{language}\n(.*?)^```$", told, flags=re.MULTILINE | re.DOTALL)


def lines() -> list[dict[str, Any]]:
    """Readings of a day, one of them broken, and its end."""
    readings: list[dict[str, Any]] = [
        {"city": city, "hour": f"2011-01-01 {hour:02}:00:00", "temp": 30.0 + hour}
        for hour in range(24)
        for city in ("seattle", "san-francisco")
    ]
    readings[7]["temp"] = None
    sent: list[dict[str, Any]] = [
        {"value": each, "topics": ["temperature", each["city"]]} for each in readings
    ]
    return [*sent[:30], {"value": {"day": "2011-01-01"}}, *sent[30:]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_reading_is_in_the_database_when_a_signal_has_ended_it(
    number: signal.Signals, folder: Path, tmp_path: Path
) -> None:
    """Run as a process on real inputs, without Jupyter, it drains: what came after the
    end of the day is written by the lifecycle."""
    code = BLOCKER.format(jupyter=JUPYTER, module=str(folder / "weather.py"))
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        process.stdin.write("".join(json.dumps(each) + "\n" for each in lines()))
        process.stdin.close()
        told = []
        for line in process.stderr:
            told.append(line)
            if "the input has ended: 49 payloads were accepted" in line:
                break
        process.send_signal(number)
        told += process.stderr.readlines()
        assert process.wait(30) == 0, told
    finally:
        process.kill()
        process.stderr.close()
        process.wait()
    with sqlite3.connect(tmp_path / "readings.sqlite") as connection:
        rows = connection.execute("select city, hour, temp from readings").fetchall()
    connection.close()
    sent = [each["value"] for each in lines() if "temp" in each["value"]]
    assert sorted(rows) == sorted(
        (each["city"], each["hour"], each["temp"]) for each in sent if each["temp"] is not None
    )
    assert any("the processor raised" in line for line in told)


def test_the_five_minutes_of_the_notebook_lead_to_a_service_that_answers(
    folder: Path, tmp_path: Path
) -> None:
    """Its files, its commands and its reading, as they stand there; the port alone is free."""
    (tmp_path / "weather.py").write_bytes((folder / "weather.py").read_bytes())
    (tmp_path / "serve.py").write_text(blocks("python")[1].replace("8000", "0"), "utf-8")
    commands = blocks("sh")[0].splitlines()
    assert commands[0] == "python -m pytest test_weather.py"
    sent = shlex.split(commands[2])[2].encode()
    with running(tmp_path, *commands[1].split()[1:]) as service:
        good = service.post("", sent)
        bad = service.post("", sent.replace(b"39.0", b"451.0"))
    assert list(good["results"]) == ["validate", "cold_hours", "daily_means", "store"]
    assert good["results"]["store"] == "written"
    assert bad["errors"] == {"validate": "ValueError: no reading: temp=451.0"}
    assert service.code == 0
    with sqlite3.connect(tmp_path / "readings.sqlite") as connection:
        assert connection.execute("select temp from readings").fetchall() == [(39.0,)]
    connection.close()


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the generated test."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_weather.py"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_generated_test_passes_and_fails_when_the_module_is_changed(
    folder: Path, tmp_path: Path
) -> None:
    """A recording is replayed through the module, and compared."""
    for path in folder.glob("*weather*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    said = pytest_in(tmp_path)
    assert said.returncode == 0, said.stdout
    assert not (tmp_path / "readings.sqlite").exists()
    module = tmp_path / "weather.py"
    module.write_text(module.read_text("utf-8").replace("<= 40:", "<= 39:"), "utf-8")
    said = pytest_in(tmp_path)
    assert said.returncode == 1
    assert "in 'cold_hours': value changed" in said.stdout


def test_what_is_written_passes_ruff_and_mypy(folder: Path) -> None:
    """The notebook's lines have 100 characters; what they do not say, mypy says of them,
    and of nothing else."""
    files = [str(folder / "weather.py"), str(folder / "test_weather.py")]
    assert ruff("check", *files).strip() == "All checks passed!"
    formatted = ruff("format", "--check", "--line-length=100", *files)
    assert formatted.strip() == "2 files already formatted"
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder), *files]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    text = (folder / "weather.py").read_text("utf-8").splitlines()
    ours = text.index("def make_queue() -> CollectorQueue:")
    wrong = [line.split(":")[:2] for line in said.splitlines() if ": error:" in line]
    assert {Path(file).name for file, _ in wrong} == {"weather.py"}
    assert all(int(number) <= ours and text[int(number) - 1].lstrip().startswith(("def", "async"))
               for _, number in wrong)  # fmt: skip
