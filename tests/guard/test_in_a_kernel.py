"""The guard in a real kernel: cells that are run again, the stop button, unloading, restarting."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.widgets.kernels import TIMEOUT, Kernel, Output

SETUP = """
import asyncio, sys, threading, warnings
from contextlib import asynccontextmanager
from event_collector import *
from event_collector_widgets import Workbench
from event_collector_widgets.guard import close, expect_errors
seen = []
@asynccontextmanager
async def life(ctx):
    seen.append('in')
    yield
    seen.append('out')
async def slow(payload, ctx):
    await asyncio.sleep(0.01)
    seen.append(payload.value)
    return Ok(1)
def queue_of(processor):
    return CollectorQueue([Collector('slow', processor, lifecycle=life)], min_consumers=1,
                          max_consumers=1)
async def wait_for_ever():
    await asyncio.Future()
async def fail():
    raise ValueError('boom')
"""
BOOM = "task of fail() failed, made in this cell: ValueError: boom"


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """One kernel for all tests that leave it working."""
    kernel = Kernel()
    yield kernel
    kernel.stop()


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """The kernel with a guard that knows of nothing yet."""
    shared.run("%unload_ext event_collector_widgets")
    shared.run("%reset -f")
    assert shared.run("%load_ext event_collector_widgets").out == ""
    assert shared.run(SETUP).out == ""
    return shared


def ran(kernel: Kernel, code: str, cell: str) -> Output:
    """Run a cell that has this id in its notebook."""
    return kernel.finish(kernel.begin(code, cell))


@pytest.mark.parametrize("cell", ["a", None], ids=["by its id", "by its source"])
def test_a_cell_that_is_run_again_replaces_its_task(kernel: Kernel, cell: str | None) -> None:
    """Two runs leave one task, and one line says so."""
    code = "ticking = asyncio.create_task(wait_for_ever())"
    assert kernel.finish(kernel.begin(code, cell)).out == ""
    kernel.run("first = ticking")
    again = kernel.finish(kernel.begin(code, cell))
    assert again.out == "stopped what this cell's last run had left: task of wait_for_ever()\n"
    assert kernel.run("print(first.cancelled(), ticking.done())").out == "True False\n"
    assert kernel.run("print(ticking.cancel())").out == "True\n"


def test_a_cell_that_is_run_again_drains_its_queue_and_leaves_the_lifecycle(kernel: Kernel) -> None:
    """All that was accepted is processed before the cell starts."""
    code = (
        "queue = queue_of(slow)\nawait queue.init_queue()\n"
        "for number in range(3): queue.get_publisher().send(Payload(number))"
    )
    assert ran(kernel, code, "q").out == ""
    again = ran(kernel, "print(*seen)\n" + code, "q").out
    assert again == "stopped what this cell's last run had left: queue ['slow']\nin 0 1 2 out\n"
    kernel.run("await queue.shut_down_queue()")


def test_a_cell_that_is_run_again_has_its_failed_futures_forgotten(kernel: Kernel) -> None:
    """What its last run kept is freed when the variable is set anew; only the new is told."""
    kernel.run("from concurrent.futures import ThreadPoolExecutor as Pool")
    code = "with Pool() as pool: kept = pool.submit(int, {!r})"
    assert ran(kernel, code.format("x"), "f").error == ""
    assert ran(kernel, code.format("1"), "f").error == ""
    assert ran(kernel, code.format("y"), "f").error == ""
    told = ran(kernel, "kept = None", "g").error
    assert re.search(r"call of int\(\) in an executor failed, made in In\[.*'y'", told)


def test_a_cell_that_is_run_again_replaces_its_workbench(kernel: Kernel) -> None:
    """Its panels go to the next one all the same, which takes the name over."""
    code = (
        "bench = Workbench('again')\n@bench.collector(lifecycle=life)\n"
        "async def work(payload, ctx): return Ok(1)\nawait bench.ready()"
    )
    kernel.run("shown = []")
    ran(kernel, code + "\nbench.displayed = 'a panel'", "b")
    again = ran(kernel, "print(*seen)\n" + code + "\nprint(bench.displayed)", "b").out
    line = "stopped what this cell's last run had left: workbench 'again'\n"
    assert again == f"{line}in out\na panel\n"
    kernel.run("await bench.close()")


def test_what_others_have_made_is_left_alone(kernel: Kernel) -> None:
    """Another cell's task, and one that the kernel itself has made."""
    ran(kernel, "other = asyncio.create_task(wait_for_ever())", "x")
    ran(kernel, "1", "y")
    assert ran(kernel, "print(other.done())", "y").out == "False\n"
    kernel.run("other.cancel()")


def test_the_stop_button_lists_what_goes_on_and_the_next_run_stops_it(kernel: Kernel) -> None:
    """A task that the cell had started before it was interrupted."""
    code = "going = asyncio.create_task(wait_for_ever())\nprint('go', flush=True)\n"
    cell = kernel.begin(code + "await asyncio.sleep(3600)", "i")
    kernel.until_it_prints("go\n")
    stopped = kernel.interrupt(cell)
    assert stopped.error.split(":")[0] in ("KeyboardInterrupt", "CancelledError")
    told = "still running, until this cell is run again: task of wait_for_ever()\n"
    assert told in stopped.streams["stderr"]
    line = "stopped what this cell's last run had left: task of wait_for_ever()\n"
    assert ran(kernel, "pass", "i").out == line


@pytest.mark.parametrize(
    "cell",
    [
        "made = asyncio.create_task(fail())",
        "for each in [1]:\n    made = asyncio.create_task(fail())",
        "await asyncio.sleep(0)\nmade = asyncio.create_task(fail())",
        "@staticmethod\ndef f(): pass\nmade = asyncio.create_task(fail())",
        "%matplotlib agg\nmade = asyncio.create_task(fail())",
        "%%capture\nmade = asyncio.create_task(fail())",
    ],
)
def test_every_kind_of_cell_is_judged(kernel: Kernel, cell: str) -> None:
    """It fails by one line, and the next is not dragged along."""
    assert kernel.run(cell).error == f"GuardError: {BOOM}"
    assert kernel.run("print(1)").out == "1\n"


def test_the_traceback_stands_below_the_line(kernel: Kernel) -> None:
    """With the name of the cell in it, and in the reply too."""
    request = kernel.begin("made = asyncio.create_task(fail())")
    shown = kernel.finish(request)
    assert shown.error == f"GuardError: {BOOM}"
    code = "import traceback\nprint(sys.last_value._render_traceback_()[1])"
    lines = kernel.run(code).out.splitlines()
    assert lines[1] == "task of fail() failed:"
    assert any("Cell In[" in line for line in lines)


def test_a_cell_that_fails_by_itself_leaves_the_rest_to_the_next(kernel: Kernel) -> None:
    """Unless it is run again: then that run is forgotten."""
    code = "made = asyncio.create_task(fail())\nawait asyncio.sleep(0)\n"
    assert ran(kernel, code + "1/0", "z").error.startswith("ZeroDivisionError")
    assert "task of fail() failed, made in In[" in ran(kernel, "1", "other").error
    ran(kernel, code + "1/0", "z")
    assert ran(kernel, "print(2)", "z").out == "2\n"


def test_expected_failures_are_written_down(kernel: Kernel) -> None:
    """By a block, a comment or a tag; what the block itself raises is shown in a line."""
    block = "with expect_errors(ValueError):\n    "
    assert kernel.run(block + "made = asyncio.create_task(fail())").out == ""
    assert kernel.run(block + "await fail()").out == "expected: ValueError: boom\n"
    assert kernel.run("# expect-errors\nmade = asyncio.create_task(fail())").out == ""
    nothing = kernel.run(block + "pass").error
    assert nothing.startswith("GuardError: expect_errors(ValueError) has seen no failure")
    assert kernel.run(block + "1/0").error.startswith("ZeroDivisionError")


def test_an_expected_failure_of_a_widget_shows_no_traceback(kernel: Kernel) -> None:
    """Strict nbval would fail for the traceback that ipywidgets shows."""
    kernel.run("import ipywidgets\nbutton = ipywidgets.Button()\nbutton.on_click(lambda _: 1 / 0)")
    assert kernel.run("with expect_errors(ZeroDivisionError): button.click()").out == ""
    assert "ZeroDivisionError" in kernel.run("button.click()").error


def test_looking_in_the_cell_counts(kernel: Kernel) -> None:
    """An awaited task, an exception that was asked for, an event's result, a DataFrame."""
    seen = "made = asyncio.create_task(fail())\nawait asyncio.wait([made])\nmade.exception()\nNone"
    assert kernel.run(seen).out == ""
    queue = (
        "async def bad(payload, ctx): raise ValueError('bad')\n"
        "async with queue_of(bad) as queue:\n    history = History(queue)\n"
        "    event = await queue.get_publisher().send(Payload(1))\n"
        "    await queue.get_publisher().wait()\n"
    )
    assert "event 1" in kernel.run(queue).error
    for look in ("event.result", "await event.wait()", "history.to_frame()"):
        assert kernel.run(f"{queue}    {look}\nNone").out == ""


def test_virtual_loops_are_not_watched(kernel: Kernel) -> None:
    """A simulation's Errors are its own business, and so are another thread's tasks."""
    kernel.run("from event_collector.simulation import simulate")
    virtual = (
        "async def main():\n    async def bad(payload, ctx): raise ValueError('bad')\n"
        "    queue = CollectorQueue([Collector('bad', bad)], min_consumers=1, max_consumers=1)\n"
        "    async with queue:\n        await queue.get_publisher().send(Payload(1))\n"
        "simulate(main)\nNone"
    )
    assert kernel.run(virtual).out == ""


def test_a_handler_of_the_notebooks_own_hears_what_it_asked_for(kernel: Kernel) -> None:
    """Whoever sets an exception handler has seen to it."""
    kernel.run(
        "heard = []\nloop = asyncio.get_running_loop()\n"
        "loop.set_exception_handler(lambda loop, context: heard.append(context['exception']))"
    )
    assert kernel.run("loop.call_soon(lambda: 1 / 0)\nNone").out == ""
    assert kernel.run("print(heard)\nloop.set_exception_handler(None)").out == (
        "[ZeroDivisionError('division by zero')]\n"
    )
    fails = "loop.call_soon(lambda: 1 / 0)\nNone"
    assert "of the event loop failed" in kernel.run(fails).error
    own = "loop.set_exception_handler(lambda *_: None)\nloop.set_exception_handler(None)\n"
    assert "of the event loop failed" in kernel.run(own + fails).error


def test_a_notebook_that_ignores_warnings_hides_no_forgotten_await(kernel: Kernel) -> None:
    """One that ignores all of them in a cell, and forgets an await in the next."""
    kernel.run("warnings.simplefilter('ignore')")
    assert "was never awaited" in kernel.run("fail()\nNone").error
    kernel.run("warnings.resetwarnings()")


def test_a_cell_that_fails_for_a_forgotten_await_gets_a_hint(kernel: Kernel) -> None:
    """Where the result of a coroutine is used that an earlier cell has forgotten to await."""
    assert kernel.run("async def load(): return {'x': 1}\nloaded = load()").out == ""
    failed = kernel.run("loaded['x']")
    assert failed.error == "TypeError: 'coroutine' object is not subscriptable"
    told = "hint: 'loaded' is the coroutine load(), which was never awaited"
    assert failed.streams["stderr"] == f"{told}; write: loaded = await ...\n"
    assert kernel.run("print((await loaded)['x'])").out == "1\n"
    assert kernel.run("1/0").streams["stderr"] == ""


def test_a_guard_that_fails_itself_says_so_and_the_cell_ends(kernel: Kernel) -> None:
    """Without a reply the front end would wait for ever."""
    code = "from event_collector_widgets.guard import loaded\nloaded.guard().end = None"
    assert kernel.run(code).error.startswith("GuardError: the guard itself failed, made in this ")


HOOKS = """
import asyncio, logging, sys, threading, warnings
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool
ip, loop = get_ipython(), asyncio.get_running_loop()
def hooks():
    kernel = {name: value for name, value in vars(ip.kernel).items() if callable(value)}
    return [
        kernel, dict(vars(loop)).get('create_task'), loop.get_exception_handler(),
        loop.get_task_factory(), vars(ip).get('_showtraceback'), sys.unraisablehook,
        threading.excepthook, warnings.showwarning, list(warnings.filters), list(sys.meta_path),
        {name: list(calls) for name, calls in ip.events.callbacks.items()},
        dict(vars(loop)).get('set_exception_handler'), threading.__excepthook__,
        sys.__unraisablehook__, list(logging.getLogger('concurrent.futures').filters),
        futures.Executor.map, ThreadPoolExecutor.submit, asyncio.run_coroutine_threadsafe,
        asyncio.tasks.run_coroutine_threadsafe, asyncio.BaseEventLoop.default_exception_handler,
        {n for n in vars(loop) if n in ('call_soon_threadsafe', 'run_in_executor')},
        logging._showwarning, Pool.apply_async, Pool._map_async,
    ]
"""


@pytest.mark.parametrize("times", [1, 2])
def test_unloading_puts_every_hook_back(shared: Kernel, times: int) -> None:
    """Loading twice is once, whether what is waited for was imported meanwhile or not."""
    shared.run("%unload_ext event_collector_widgets")
    shared.run(HOOKS)
    shared.run("before = hooks()")
    shared.run("from event_collector_widgets.guard import load_ipython_extension as load")
    shared.run("before = hooks()")
    for _ in range(times):
        shared.run("load(ip)")
    shared.run("from event_collector_widgets import failures\nprint(len(failures.listeners))")
    assert shared.run("print(hooks() == before)").out == "False\n"
    shared.run("from event_collector_widgets.guard import unload_ipython_extension as unload")
    shared.run("unload(ip)")
    different = "print([one for one, other in zip(hooks(), before) if one != other])"
    assert shared.run(different).out == "[]\n"
    assert shared.run("print(failures.listeners)").out == "[]\n"
    assert shared.run("t = asyncio.ensure_future(asyncio.sleep(0))").out == ""


def test_the_closing_cell_needs_the_guard(shared: Kernel) -> None:
    """Without it, it says what to load."""
    shared.run("%unload_ext event_collector_widgets")
    said = shared.run("from event_collector_widgets.guard import close\nawait close()").error
    assert said == (
        "RuntimeError: close() needs the guard; load it first: %load_ext event_collector_widgets"
    )


RESTARTED = """
%load_ext event_collector_widgets
import sqlite3
from contextlib import asynccontextmanager
from event_collector import *
@asynccontextmanager
async def store(ctx):
    ctx.base = sqlite3.connect({path!r})
    ctx.base.execute('create table rows (value)')
    yield
    {teardown}
    ctx.base.execute("insert into rows values ('left')")
    ctx.base.commit()
    ctx.base.close()
async def insert(payload, ctx):
    ctx.base.execute('insert into rows values (?)', [payload.value])
    return Ok(1)
queue = CollectorQueue([Collector('insert', insert, lifecycle=store)], min_consumers=1,
                       max_consumers=1)
await queue.init_queue()
for each in 'abc': queue.get_publisher().send(Payload(each))
"""


@pytest.mark.parametrize("cut", [False, True], ids=["in time", "too late"])
def test_a_restart_leaves_the_lifecycles_or_says_whose_were_cut(tmp_path: Path, cut: bool) -> None:
    """A real database: what was sent is in it, and the lifecycle's last row, if it is in time."""
    path, errors = tmp_path / "rows.sqlite", tmp_path / "stderr.txt"
    teardown = "import asyncio; await asyncio.Event().wait()" if cut else "pass"
    with errors.open("w") as stderr:
        kernel = Kernel(patience=60.0, stderr=stderr)  # so that nothing kills it
        try:
            made = kernel.run(RESTARTED.format(path=str(path), teardown=teardown))
            assert made.out == ""
            kernel.manager.restart_kernel(now=False)
            kernel.client.wait_for_ready(timeout=TIMEOUT)
        finally:
            kernel.stop()
    with closing(sqlite3.connect(path)) as base:
        rows = [value for (value,) in base.execute("select value from rows")]
    said = "the lifecycles of ['insert'] were cut off"
    assert (said in errors.read_text()) is cut
    assert rows == ([] if cut else ["a", "b", "c", "left"])
