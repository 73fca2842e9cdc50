"""Export: what a module has, out of a notebook's cells in a real kernel."""

import ast
from pathlib import Path

import pytest

from tests.widgets.export.exported import ECHO, Notebook, python, ruff
from tests.widgets.kernels import Kernel


@pytest.fixture
def notebook(shared: Kernel, tmp_path: Path) -> Notebook:
    """A notebook with a workbench, whose cells were forgotten before."""
    return Notebook(shared, tmp_path)


def test_a_function_is_as_it_was_typed_without_the_decorator_and_with_its_comments(
    notebook: Notebook,
) -> None:
    """Comments included; the collector's decorator goes."""
    cell = """
# In Fahrenheit.
LIMIT = 40  # and below

def cold(temp: float) -> bool:
    return temp <= LIMIT  # both

# Finds the cold hours.
@bench.collector(
    "hours", topics=["temp"],
    timeout=2,
)
# Not many.
async def find(payload: Payload[float], ctx: Context) -> Result:
    # One of them.
    return Ok(cold(payload.value))
"""
    text = notebook.export(cell)
    assert "# In Fahrenheit.\nLIMIT = 40  # and below\n" in text
    assert "    return temp <= LIMIT  # both\n" in text
    assert "\n# Finds the cold hours.\n# Not many.\nasync def find(" in text
    assert "    # One of them.\n" in text
    assert 'Collector("hours", find, topics=["temp"], timeout=2.0)' in text
    assert "bench" not in text.partition('"""\n')[2]


def test_what_is_not_used_stays_in_the_notebook(notebook: Notebook) -> None:
    """Only what the processors and lifecycles use, of several imports too."""
    cells = [
        "import json, math as m\nfrom os import path, sep",
        "def unused(): return sep\nOTHER = 3",
    ]
    used = ECHO.replace("payload.value)", "m.floor(payload.value))")
    text = notebook.export(*cells, used)
    assert "import math as m\n" in text
    assert "json" not in text.partition('"""\n')[2]
    assert "sep" not in text
    assert "OTHER" not in text


def test_the_newest_definition_wins(notebook: Notebook) -> None:
    """By what a name stands for now; a cell that failed does not count."""
    notebook.run(
        "LIMIT = 1", "LIMIT = 2", "def f() -> int:\n    return 1", "def f() -> int:\n    return 2"
    )
    notebook.kernel.run("1 / 0\nLIMIT = 3\ndef f(): return 3")
    text = notebook.export(ECHO.replace("payload.value", "f() + LIMIT"))
    assert "LIMIT = 2\n" in text
    assert "LIMIT = 3" not in text
    assert "    return 2\n" in text


NEEDED = {
    "a default": ("N = 3", "def f(n: int = N) -> int: return n", "f()"),
    "a decorator": ("import functools", "@functools.cache\ndef f() -> int: return 1", "f()"),
    "an annotation": ("from typing import Any", "def f() -> Any: return 1", "f()"),
    "an annotation in quotes": ("from typing import Any", "def f() -> 'Any': return 1", "f()"),
    "a base class": ("class A: pass", "class B(A): pass", "isinstance(B(), A)"),
    "a class body": ("N = 3", "class B:\n    n = [N for _ in range(2)]", "B.n"),
    "a comprehension": ("N = 3", "def f() -> list[int]: return [N for _ in '12']", "f()"),
    "a function within": ("N = 3", "def f():\n    def g(): return N\n    return g()", "f()"),
    "a lambda": ("N = 3", "f = lambda n: n + N", "f(1)"),
    "a dataclass": (
        "from dataclasses import dataclass, field",
        "@dataclass\nclass P:\n    x: list[int] = field(default_factory=list)",
        "P().x",
    ),
    "an enum": ("from enum import Enum", "class C(Enum):\n    RED = 1", "C.RED.value"),
    "a type alias": ("type Row = dict[str, int]", "def f() -> Row: return {}", "f()"),
    "an old alias": ("Row = dict[str, int]", "def f() -> Row: return {}", "f()"),
    "a generic function": ("N = 3", "def f[T: int](x: T) -> T: return x + N", "f(1)"),
    "a branch": (
        "import sys",
        "if sys.version_info > (3,):\n    def f(): return 1\nelse:\n    def f(): return 2",
        "f()",
    ),
    "a try": (
        "try:\n    import absent as j\nexcept ImportError:\n    import json as j",
        "",
        "j.dumps(1)",
    ),
    "a star": ("from math import *", "", "floor(2.5)"),
    "several at once": ("a, b = 1, 2", "", "a + b"),
    "two names for one": ("a = b = [1]", "", "a + b"),
    "two in a line": ("a = 1; b = 2", "", "a + b"),
    "a partial": ("from functools import partial", "f = partial(max, 2)", "f(1)"),
    "a pattern": ("import re", "P = re.compile('a+')", "P.match('aa').end()"),
    "a logger": ("import logging", "log = logging.getLogger('w')", "log.name"),
    "a dict of functions": ("def f(): return 1", "BY = {'f': f}", "BY['f']()"),
    "another name": ("def f(): return 1", "g = f", "g()"),
    "made by a function": (
        "def make(n):\n    def f(): return n\n    return f",
        "f = make(3)",
        "f()",
    ),
    "made with a value": (
        "def make(n):\n    rows = [n]\n    def f(): return rows\n    return f",
        "f = make(3)",
        "f()",
    ),
    "a callable object": (
        "class F:\n    def __init__(self, n): self.n = n\n    def __call__(self): return self.n",
        "f = F(3)",
        "f()",
    ),
    "a text over lines": ('T = """a  \n b\t\n"""', "def f(): return f'''{T}  \n'''", "f()"),
    "a default without a name": ("", "def f(seen=[]): seen.append(1); return len(seen)", "f()"),
    "a dataclass with slots": (
        "from dataclasses import dataclass\nN = 3",
        "@dataclass(slots=True)\nclass P:\n    x: int = N",
        "P().x",
    ),
    "a registered function": (
        "from functools import singledispatch\n@singledispatch\ndef f(x): return 'any'",
        "@f.register\ndef _(x: int): return 'int'",
        "f(3)",
    ),
    "a file": ("", "def f(): return open(0 if False else '/dev/null').read()", "f()"),
    "given back by a decorator": ("def keep(f): return f\ndef g(): return 1", "f = keep(g)", "f()"),
    "a manager made by hand": (
        "from contextlib import contextmanager",
        "def once():\n    yield 1\nf = contextmanager(once)",
        "f().__enter__()",
    ),
    "an id of its own": ("import uuid", "ID = uuid.uuid4()", "ID"),
    "defined twice": ("def f(): return g()\ndef g(): return 1", "X = [f]", "X[0]()"),
    "a constant that was run again": (
        "N = 3\nclass A:\n    def __init__(self, n): self.n = n\ndef make(): return A(N)",
        "x = make()",
        "N = 3",
        "x.n",
    ),
}


@pytest.mark.parametrize("kind", NEEDED)
def test_what_a_processor_needs_is_there(kind: str, notebook: Notebook) -> None:
    """The names are found from the code, wherever it uses them; and the module gives
    what the notebook gives, without Jupyter."""
    *cells, used = NEEDED[kind]
    text = notebook.export(*cells, ECHO.replace("payload.value", used))
    bound = [ast.unparse(each) for each in ast.parse(text).body]
    assert len(set(bound)) == len(bound)  # nothing is there twice
    notebook.run("event = await bench.send(Payload(1))")
    there = notebook.kernel.run("print((await event.wait()).first())").out
    code = """
import asyncio, weather
from event_collector import Payload
async def run():
    async with weather.make_queue() as queue:
        print((await queue.get_publisher().send(Payload(1)).wait()).first())
asyncio.run(run())
"""
    said = python(f"exec({code!r})", folder=notebook.module.parent)
    assert (said.stdout, said.stderr) == (there, "")
    assert ruff("check", "--select=F", str(notebook.module)).strip() == "All checks passed!"


def test_a_name_that_is_found_by_string_only_is_included(notebook: Notebook) -> None:
    """`include=`; ruff is told that an import has its use."""
    notebook.run("from math import floor", "N = 3\ndef by_name() -> int:\n    return N")
    used = ECHO.replace("payload.value", "globals()['by_name']()")
    assert "by_name" not in notebook.export(used).replace("'by_name'", "")
    text = notebook.export(options=", include=['by_name', 'floor']")
    assert "N = 3\n\n\ndef by_name() -> int:" in text
    assert "from math import floor  # noqa: F401\n" in text
    assert ruff("check", str(notebook.module)).strip() == "All checks passed!"


def test_the_bytes_are_the_same_for_the_same_cells(notebook: Notebook) -> None:
    """In another kernel too; sets and dicts have an order."""
    cells = ["NAMES = {'b', 'a', 'c'}\nimport os, json", ECHO.replace("payload.value", "NAMES")]
    first = notebook.export(*cells)
    assert first == notebook.export()
    other = Kernel()
    try:
        again = Notebook(other, notebook.module.parent)
        assert again.export("x = 1", *cells) == first
    finally:
        other.stop()


def test_a_context_is_what_it_was_at_first(notebook: Notebook) -> None:
    """Literals of contexts are listed before it writes."""
    cell = """
class Seen(Context):
    values: list[int]

@bench.collector(ctx=Seen(values=[], limit=3))
async def keep(payload: Payload[int], ctx: Seen) -> Result:
    ctx.values.append(payload.value)
    return Ok(ctx.values)
"""
    text = notebook.export(cell, "await (await bench.send(Payload(1))).wait()")
    assert 'Collector("keep", keep, ctx=Seen(values=[], limit=3))' in text
    assert notebook.said.startswith("context of 'keep': values=[], limit=3\nwrote ")


def test_two_collectors_share_one_context(notebook: Notebook) -> None:
    """They have one in the module, made anew with each queue."""
    cells = [
        "both = Context(n=0)",
        "async def f(payload, ctx): return Ok(ctx.n)",
        "for key in 'ab':\n    await bench.put(Collector(key, f, ctx=both))",
    ]
    text = notebook.export(*cells)
    assert "    shared_1 = Context(n=0)\n    return CollectorQueue(\n" in text
    assert text.count("ctx=shared_1") == 2


def test_what_came_from_the_environment_is_read_there(notebook: Notebook) -> None:
    """By what was typed, or where a secret is the same text as a variable's."""
    cell = """
import os
os.environ["WEATHER_TOKEN"] = "correct horse"
os.environ["WEATHER_PORT"] = "8080"
PORT = int(os.environ["WEATHER_PORT"])
TOKEN = "".join(["correct", " ", "horse"]).strip().lower()
def secret(): return os.environ["WEATHER_TOKEN"]
KEY = secret()

@bench.collector(ctx=Context(token=TOKEN, port=os.environ["WEATHER_PORT"]))
async def send(payload: Payload[int], ctx: Context) -> Result:
    return Ok((PORT, KEY))
"""
    text = notebook.export(cell)
    assert 'PORT = int(os.environ["WEATHER_PORT"])\n' in text
    assert 'KEY = os.environ["WEATHER_TOKEN"]\n' in text
    assert 'port=os.environ["WEATHER_PORT"]' in text
    assert '"correct horse"' not in text
    assert "KEY is the same text as the environment variable WEATHER_TOKEN" in notebook.said
    assert "PORT is read from the environment, as it was typed" in notebook.said


def test_what_is_long_is_broken_as_ruff_does(notebook: Notebook) -> None:
    """Also where the notebook has other quotes, and where lines of 100 characters are allowed."""
    cell = """
import os
WORDS = ["word"] * 3
def many() -> dict[str, list[str]]:
    return {f"key number {n}": ["value"] * n for n in range(8)}
MANY = many()
topics = [f"a rather long topic {n}" for n in range(9)]

@bench.collector(topics=topics, ctx=Context(names=['a', "it's"], home=os.getenv('HOME'), many=MANY))
async def echo(payload: Payload[object], ctx: Context) -> Result:
    return Ok((MANY, WORDS))


@bench.collector
async def short(payload: Payload[object], ctx: Context) -> Result:
    return Ok(topics)
"""
    text = notebook.export(cell)
    assert 'home=os.getenv("HOME"),' in text
    for width in ("88", "100"):
        said = ruff("format", "--diff", f"--line-length={width}", str(notebook.module))
        assert said == ""


def test_the_queue_is_as_it_is_now(notebook: Notebook) -> None:
    """The module is the workbench: its limits, its order, its router."""
    cell = """
from event_collector import QueueType, SimpleRouter
class Mine(SimpleRouter):
    pass
bench = Workbench(queue_type=QueueType.PRIORITY, router=Mine, max_consumers=5)
bench.set_limits(max_consumers=7)
"""
    text = notebook.export(cell, ECHO)
    assert "class Mine(SimpleRouter):\n    pass\n" in text
    for option in ("max_consumers=7", "queue_type=QueueType.PRIORITY", "router=Mine"):
        assert f"        {option},\n" in text
    assert ruff("check", str(notebook.module)).strip() == "All checks passed!"


def test_the_gallery_comes_along_without_jupyter(notebook: Notebook) -> None:
    """Its processors stand in the module: a service has none of the notebook's packages."""
    cells = [
        "from event_collector_widgets import flaky",
        "await bench.put(Collector('line', flaky))",
        "await bench.put(Collector('x', __import__('event_collector_widgets').slow))",
    ]
    text = notebook.export(*cells)
    assert "event_collector_widgets" not in text
    assert "EVERY = 3\n" in text
    assert ruff("check", str(notebook.module)).strip() == "All checks passed!"
    assert ruff("format", "--check", str(notebook.module)).strip() == "1 file already formatted"
    assert (
        python("import weather; weather.make_queue()", folder=notebook.module.parent).stderr == ""
    )


def test_bound_methods_and_partials_are_written_as_such(notebook: Notebook) -> None:
    """A processor needs no def of its own."""
    cells = [
        "from functools import partial",
        "class Shift:\n    def __init__(self, by): self.by = by\n    async def go(self, *p): pass",
        "shift = Shift(2)\nasync def plus(by, payload, ctx, factor=1): return Ok(by)",
        "await bench.put(Collector('go', shift.go))",
        "await bench.put(Collector('plus', partial(plus, 3, factor=2)))",
    ]
    text = notebook.export(*cells)
    assert 'Collector("go", shift.go)' in text
    assert 'Collector("plus", partial(plus, 3, factor=2))' in text
    assert "shift = Shift(2)\n" in text
