"""Export refuses what it cannot write: with the name, the cell and what to do; nothing is there."""

from pathlib import Path

import pytest

from tests.widgets.export.exported import ECHO, Notebook
from tests.widgets.kernels import Kernel


@pytest.fixture
def notebook(shared: Kernel, tmp_path: Path) -> Notebook:
    """A notebook with a workbench, whose cells were forgotten before."""
    return Notebook(shared, tmp_path)


MAKER = """
def make():
    seen = []
    async def f(payload, ctx):
        seen.append(payload.value)
        return Ok(len(seen))
    return f
f = make()
await bench.put(Collector("f", f))
"""

REFUSED = {
    "a magic": ("LIMIT = %time 3", "LIMIT", "'LIMIT' (cell [", "write it in Python"),
    "a command": ("files = !ls", "files", "'files' (cell [", "write it in Python"),
    "a magic within": (
        "def f():\n    %time 3",
        "f()",
        "'f' (cell [",
        "uses a magic or a !command: write it in Python",
    ),
    "a cell magic": (
        "%%time\ndef f(): return 1",
        "f()",
        "'f' is defined in cell [",
        "begins with a %%magic: take that line away",
    ),
    "get_ipython": ("", "get_ipython()", "uses 'get_ipython'", "a module has no IPython"),
    "display": ("", "display(1)", "uses 'display'", "shows things in a notebook only"),
    "the history": ("1 + 1", "Out", "uses 'Out'", "give the value a name of its own"),
    "the workbench": ("", "bench.metrics()", "uses 'bench'", "a queue of its own"),
    "IPython": ("from IPython.display import HTML", "HTML('x')", "uses 'HTML'", "needs Jupyter"),
    "a widget": ("import ipywidgets", "ipywidgets.HTML()", "'ipywidgets'", "needs Jupyter"),
    "nothing of that name": ("", "nowhere()", "uses 'nowhere'", "run the cell that defines it"),
    "a live connection": (
        "import sqlite3\nconnection = sqlite3.connect(':memory:')",
        "connection.execute('select 1')",
        "'connection' (cell [",
        "it is a sqlite3.Connection; open or load it in a lifecycle",
    ),
    "one in an object": (
        "import sqlite3 as s\nclass S:\n    def __init__(self): self.c = s.connect('')\nx = S()",
        "x.c",
        "'x' (cell [",
        "c: it is a sqlite3.Connection: open or load it in a lifecycle",
    ),
    "a table": (
        "import pandas as pd\ntable = pd.DataFrame({'a': [1]})",
        "len(table)",
        "'table' (cell [",
        "it is a pandas",
    ),
    "a list that has changed": (
        "seen = []\nseen.append(1)",
        "seen",
        "'seen' (cell [",
        "has changed since its cell ran, and is [1] now: run its cell again",
    ),
    "a counter": (
        "count = 0\ndef up():\n    global count\n    count += 1\nup()",
        "up()",
        "'count' (cell [",
        "which is 1 now, is changed by 'up' while it runs: keep it in the context",
    ),
    "the history beside a star": (
        "from math import *",
        "Out",
        "uses 'Out'",
        "give the value a name of its own",
    ),
    "a default that is another now": (
        "N = 3\ndef f(*, n=N): return n\nN = 9",
        "f()",
        "'f' (cell [",
        "has n = 3, and its cell would make 9 of N now: run its cell again",
    ),
    "a class that would be another now": (
        "N = 3\nclass K:\n    n = N + 1\nN = 9",
        "K.n",
        "'K' (cell [",
        "has n = 4, and its cell would make 10 of N + 1 now: run its cell again",
    ),
    "a class that was changed later": (
        "class K:\n    n = 1\nK.n = 2",
        "K.n",
        "'K' (cell [",
        "has had K.n set in cell [",
    ),
    "a function that was changed later": (
        "def f(): return f.n\nf.n = 2",
        "f()",
        "has had f.n set in cell [",
        "set it where it is defined, or in the context",
    ),
    "what another function has given before": (
        "def make():\n    return lambda: 1\nf = make()\nexec('def f(): return 2')",
        "f()",
        "'f' is a function that no cell defines",
        "define it in a cell",
    ),
    "what was a decorated function before": (
        "import functools\n@functools.cache\ndef held(): return 1\nheld = open('/dev/null')",
        "held",
        "'held' (cell [",
        "it is a _io.TextIOWrapper; open or load it in a lifecycle",
    ),
    "exec": ("exec('def f(): return 1')", "f()", "'f' is a function that no cell defines", "exec"),
    "in a loop": (
        "for n in range(2):\n    def f(): return 1",
        "f()",
        "'f' is a function that no cell defines",
        "define it in a cell",
    ),
    "a branch that does more": (
        "if True:\n    print(1)\n    def f(): return 1",
        "f()",
        "'f' (cell [",
        "in a branch together with print(1): define it by itself",
    ),
    "awaited": (
        "import asyncio\nlock = await asyncio.sleep(0, asyncio.Lock())",
        "lock",
        "'lock' (cell [",
        "in a lifecycle",
    ),
    "a name of ours": ("def main(): pass", "main()", "'main' is a name of the module's own", ""),
    "an import of ours": ("class Inputs: pass", "Inputs", "'Inputs' is a name that the module", ""),
    "too much": (
        "def make(): return list(range(20_000))\nbig = make()",
        "big",
        "'big' (cell [",
        "it has more than 10,000 parts and characters",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_with_its_name_and_what_to_do(kind: str, notebook: Notebook) -> None:
    """Magics, commands and what has no literal, with the cell."""
    cell, used, name, advice = REFUSED[kind]
    said = notebook.refused(cell, ECHO.replace("payload.value", used))
    assert said.startswith("ExportError: cannot be exported: ")
    assert name in said
    assert advice in said


def test_all_that_is_in_the_way_is_said_at_once(notebook: Notebook) -> None:
    """Not one after the other."""
    said = notebook.refused(ECHO.replace("payload.value", "(display, get_ipython, nowhere)"))
    assert said.count("\n- 'echo' (cell [") == 3


def test_a_closure_over_what_has_changed_is_refused(notebook: Notebook) -> None:
    """As long as nothing has changed it is written."""
    text = notebook.export(MAKER)
    assert "f = make()\n" in text
    notebook.module.unlink()
    said = notebook.refused("await (await bench.send(Payload(1))).wait()")
    assert "'f' (cell [" in said
    assert "closes over 'seen'" in said
    assert "keep it in the context" in said


def test_a_processor_without_a_name_is_refused(notebook: Notebook) -> None:
    """A call that makes it is not looked for."""
    cell = MAKER.replace("f = make()\n", "").replace(", f)", ", make())")
    said = notebook.refused(cell)
    assert "the processor of collector 'f', 'f', has no name in the notebook" in said


def test_a_processor_that_is_an_object_without_a_name_is_refused(notebook: Notebook) -> None:
    """Its class has one, and is not what the collector has."""
    made = """
class Doubler:
    async def __call__(self, payload, ctx):
        return Ok(payload.value * 2)

await bench.put(Collector("double", Doubler()))
"""
    said = notebook.refused(made)
    assert "the processor of collector 'double', a Doubler, has no name in the notebook: " in said


def test_an_older_processor_than_the_notebook_has_is_refused(notebook: Notebook) -> None:
    """The module is the workbench; what is typed last is another function."""
    said = notebook.refused(ECHO, ECHO.replace("@bench.collector", "").replace("Ok(", "Ok(2 * "))
    assert "the processor of collector 'echo' is an older 'echo' than the notebook has" in said


def test_a_context_without_a_literal_is_refused(notebook: Notebook) -> None:
    """With the name of the value, and of the collector."""
    cell = ECHO.replace("collector", "collector(ctx=Context(socket=object()))", 1)
    said = notebook.refused(cell)
    assert "socket of the context of 'echo', <object object>, has no literal" in said
    assert "make it in the lifecycle (ctx.socket = ...)" in said


def test_a_workbench_without_collectors_is_refused(notebook: Notebook) -> None:
    """Nothing would come of what is sent."""
    assert "the workbench has no collector: define one first" in notebook.refused()


def test_an_existing_file_is_refused(notebook: Notebook) -> None:
    """Unless told to; and then neither of the files is written."""
    notebook.run(ECHO, "await (await bench.send(Payload(1))).wait()")
    folder = notebook.module.parent
    for name in ("weather.py", "test_weather.py", "test_weather.jsonl"):
        (folder / name).write_text("mine")
        test = str(folder / "test_weather.py")
        said = notebook.kernel.run(f"bench.export({str(notebook.module)!r}, test={test!r})")
        assert said.error.startswith(f"FileExistsError: {str(folder / name)!r} exists already")
        assert [path.name for path in folder.iterdir()] == [name]
        (folder / name).unlink()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("'weather'", "ValueError: path must be that of a module"),
        ("'my-weather.py'", "ValueError: path must be that of a module"),
        ("'class.py'", "ValueError: path must be that of a module"),
        ("3", "TypeError: path must be a str or a Path, got int: 3"),
        ("'nowhere/w.py'", "FileNotFoundError: the folder 'nowhere' is not there"),
        ("'w.py', include='f'", "TypeError: name to includes must be a list of str"),
        ("'w.py', include=['f']", "ExportError: cannot be exported: include= uses 'f'"),
        ("'w.py', overwrite=1", "TypeError: overwrite must be a bool"),
        ("'w.py', test='w.py'", "ValueError: 'w.py' cannot be both the module and its test"),
        ("'w.py', test='test_w.py'", "ExportError: cannot be exported: the history has no event"),
    ],
)
def test_wrong_arguments_are_refused(call: str, error: str, notebook: Notebook) -> None:
    """With the value, before anything is written."""
    notebook.run(f"import os; os.chdir({str(notebook.module.parent)!r})", ECHO)
    assert error in notebook.kernel.run(f"bench.export({call})").error
    assert list(notebook.module.parent.iterdir()) == []
