"""A notebook's collectors on a cluster, by one word: what its cells define, and what they show."""

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.widgets.kernels import Kernel

pytest.importorskip("distributed")
pytestmark = pytest.mark.long

PLAYGROUND = Path(__file__).parents[2] / "notebooks" / "playground.ipynb"

SETUP = """
import logging, os
from dataclasses import dataclass
from distributed import Client, LocalCluster
from event_collector import Context, Ok, Payload, Result
from event_collector.cluster import attempts
from event_collector_widgets import Workbench
how = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50}
local = await LocalCluster(n_workers=2, threads_per_worker=1, asynchronous=True, **how)
client = await Client(local, asynchronous=True)
bench = Workbench()
"""

VALIDATE = """
@dataclass
class Reading:
    celsius: float

@bench.collector(topics=["readings"], cluster=client)
async def validate(payload: Payload, ctx: Context) -> Result:
    print("looking at", payload.value)
    if payload.value < -273.15:
        raise ValueError(f"{payload.value} is below absolute zero")
    return Ok(Reading(payload.value))
"""


CLUSTER = """
from distributed import Client, LocalCluster
how = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50}
local = await LocalCluster(n_workers=2, threads_per_worker=1, asynchronous=True, **how)
client = await Client(local, asynchronous=True)
"""


def shown(cell: Any) -> list[Any]:
    """What a cell shows, without the names that differ from run to run."""
    outputs = []
    for output in cell.get("outputs", []):
        data = {**output.get("data", {})}
        data.pop("application/vnd.jupyter.widget-view+json", None)
        outputs.append((output.output_type, output.get("text"), data))
    return outputs


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One with a cluster, and a workbench."""
    made = Kernel()
    try:
        assert made.run(SETUP).error == ""
        yield made
        made.run("await bench.close()\nawait client.close()\nawait local.close()")
    finally:
        made.stop()


def test_one_word_sends_a_collector_to_the_cluster(kernel: Kernel) -> None:
    """Its classes are the notebook's own when they come back."""
    assert kernel.run(VALIDATE).error == ""
    code = """
event = await bench.send(Payload(21.5, topics=["readings"]))
value = (await event.wait()).first().unwrap()
print(isinstance(value, Reading), value, attempts(event, "validate"))
"""
    assert kernel.run(code).out.splitlines()[-1] == "True Reading(celsius=21.5) 1"


def test_what_it_prints_is_kept_with_its_event(kernel: Kernel) -> None:
    """As of a processor that runs here."""
    kernel.run(VALIDATE + "\nawait bench.ready()")
    code = """
event = await bench.send(Payload(3.5, topics=["readings"]))
await event.wait()
"""
    kernel.run(code)
    said = kernel.run("print(bench.output(event)['validate'].text)").out
    assert said == "looking at 3.5\n\n"


def test_what_it_displays_is_kept_with_its_event(kernel: Kernel) -> None:
    """By the name that every notebook has, and as rich as of a processor that runs here."""
    code = """
import pandas as pd

@bench.collector(topics=["tables"], cluster=client)
async def tabulate(payload: Payload, ctx: Context) -> Result:
    display(pd.DataFrame({"degrees": [payload.value]}))
    return Ok(None)

await bench.ready()
event = await bench.send(Payload(3.5, topics=["tables"]))
print((await event.wait()).first())
"""
    assert kernel.run(code).error == ""
    said = kernel.run("print(sorted(bench.output(event)['tabulate'].displays[0]))").out
    assert said == "['text/html', 'text/plain']\n"


def test_a_figure_that_it_leaves_open_or_shows_is_kept_with_its_event(kernel: Kernel) -> None:
    """As an image; workers that a notebook has started have its backend in their environment."""
    code = """
@bench.collector(topics=["figures"], cluster=client)
async def draw(payload: Payload, ctx: Context) -> Result:
    import matplotlib.pyplot as plt

    plt.figure().add_subplot().plot(payload.value)
    if payload.value[0]:
        plt.show()
    return Ok(os.environ["MPLBACKEND"])

await bench.ready()
for first in (0, 1):
    event = await bench.send(Payload([first, 2], topics=["figures"]))
    print((await event.wait()).first())
    (image,) = bench.output(event)["draw"].displays
    print(sorted(image), repr(bench.output(event)["draw"].text))
"""
    ran = kernel.run(code)
    assert ran.error == ""
    backend, image = ran.out.splitlines()[-2:]
    assert backend == "Ok('module://matplotlib_inline.backend_inline')"
    assert image == "['image/png', 'text/plain'] ''"
    assert ran.out.count("image/png") == 2


def test_an_error_names_the_cell(kernel: Kernel) -> None:
    """With the line of the source."""
    kernel.run(VALIDATE)
    code = """
event = await bench.send(Payload(-300, topics=["readings"]))
error = (await event.wait()).first()
"""
    kernel.run(code)
    text = kernel.run("print(error.traceback)").out
    assert 'raise ValueError(f"{payload.value} is below absolute zero")' in text
    assert "ValueError: -300 is below absolute zero" in text
    shown = kernel.run("error.unwrap()")
    assert shown.error == "ValueError: -300 is below absolute zero"


def test_defined_again_it_is_the_new_one_that_runs(kernel: Kernel) -> None:
    """The same cell as ever; it says that it has replaced the one before."""
    kernel.run(VALIDATE)
    again = VALIDATE.replace("Ok(Reading(payload.value))", "Ok('again')")
    assert kernel.run(again + "\nawait bench.ready()").out == "replaced collector 'validate'\n"
    code = """
event = await bench.send(Payload(1, topics=["readings"]))
print((await event.wait()).first())
"""
    assert kernel.run(code).out.splitlines()[-1] == "Ok('again')"


def test_the_panels_see_the_function_that_was_sent(kernel: Kernel) -> None:
    """No newer one, unless there is one; what is edited stays on the cluster."""
    kernel.run(VALIDATE + "\nawait bench.ready()")
    code = """
from event_collector_widgets.panels.collectors.drafts import Draft
from event_collector_widgets.panels.collectors.listing import newer
old = bench.collectors["validate"]
draft = Draft("validate", validate, "validate", topics=("readings",), timeout=5.0)
made = draft.collector(old)
print(newer(old, bench.processors()), draft.differences(old, repr))
print(type(made).__name__, made.original.processor is validate, made.original.timeout)
print(draft.code(old, "bench.collectors['validate']"))
"""
    none, kind, said = kernel.run(code).out.splitlines()
    assert none == "None ['timeout: none -> 5.0']"
    assert kind == "ClusterCollector True 5.0"
    assert said.startswith("bench.collectors['validate'].again(Collector('validate', validate, ")


def test_an_export_says_that_it_cannot_write_the_connection(kernel: Kernel, tmp_path: Path) -> None:
    """And what to do instead; nothing is said of what stands for the processor here."""
    kernel.run(VALIDATE + "\nawait bench.ready()")
    path = tmp_path / "weather.py"
    said = kernel.run(f"bench.export({str(path)!r})").error
    assert "collector 'validate' runs on a cluster" in said
    assert "queue.replace(on_cluster(queue.collectors['validate'], client))" in said
    assert "no name in the notebook" not in said
    assert not path.exists()


STORED = """
await bench.close()
bench = Workbench("weather", max_consumers=100)

@dataclass
class Stored:
    celsius: float

@bench.collector(ctx=Context(path={path!r}))
async def validate(payload: Payload, ctx: Context) -> Result:
    with open(ctx.path, "a", encoding="utf-8") as file:
        file.write(f"{{payload.value}} {{os.getpid()}}\\n")
    return Ok(Stored(payload.value))

await bench.ready()
bench.export({module!r})
print(local.scheduler_address)
"""


def test_an_export_runs_on_a_cluster_by_the_module_that_is_told_to_stand_beside_it(
    kernel: Kernel, tmp_path: Path
) -> None:
    """As a process, which SIGTERM ends: all that it has accepted was processed, on workers."""
    from tests.engine.cluster.test_as_told import programs

    stored, module = tmp_path / "stored.txt", tmp_path / "weather.py"
    exported = kernel.run(STORED.format(path=str(stored), module=str(module)))
    assert exported.error == ""
    (tmp_path / "service.py").write_text(programs()[1], "utf-8")
    process = subprocess.Popen(
        [sys.executable, "service.py"],
        cwd=tmp_path,
        env={**os.environ, "SCHEDULER": exported.out.splitlines()[-1]},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        with process.stdin as lines:
            lines.write("".join(f'{{"value": {number}}}\n' for number in range(300)))
        told = []
        for line in process.stderr:
            told.append(line)
            if "300 payloads were accepted" in line:
                break
        process.terminate()
        told += process.stderr.readlines()
        assert process.wait(60) == 0, "".join(told)
    finally:
        process.kill()
        process.stderr.close()
        process.wait()
    ran = [line.split() for line in stored.read_text("utf-8").splitlines()]
    assert sorted(int(number) for number, _ in ran) == list(range(300))
    assert str(process.pid) not in {pid for _, pid in ran}
    assert kernel.run(SETUP.splitlines()[-1]).error == ""


def test_the_playground_shows_the_same_with_a_collector_on_a_cluster() -> None:
    """By one word, and nothing else changes: whatever its cells show, of the whole year."""
    committed: Any = nbformat.read(PLAYGROUND, as_version=4)  # type: ignore[no-untyped-call]
    notebook = copy.deepcopy(committed)
    (cell,) = (cell for cell in notebook.cells if "async def validate(" in cell.source)
    line = '@bench.collector(topics=["temperature"]{})\nasync def validate('
    assert cell.source.count(line.format("")) == 1
    cell.source = cell.source.replace(line.format(""), line.format(", cluster=client"))
    first: Any = nbformat.v4.new_code_cell(CLUSTER)  # type: ignore[no-untyped-call]
    notebook.cells.insert(0, first)
    NotebookClient(notebook, timeout=120, coalesce_streams=True, kernel_name="python3").execute(
        cwd=str(PLAYGROUND.parent)
    )
    for before, after in zip(committed.cells, notebook.cells[1:], strict=True):
        assert shown(after) == shown(before), before.source
