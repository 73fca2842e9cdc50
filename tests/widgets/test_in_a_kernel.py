"""The workbench in a real kernel: cells, clicks, the stop button, restarting."""

import re

import pytest
from ipykernel._version import version_info

from tests.widgets.kernels import Kernel

VIEW = "application/vnd.jupyter.widget-view+json"

SETUP = """
import asyncio
from event_collector import Context, Error, Ok, Payload, Result
from event_collector_widgets import Playground, Workbench, echo, run_sync
bench = Workbench()
"""


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """The kernel with a fresh workbench in it, and its former one closed."""
    shared.run("if 'bench' in globals(): await bench.close()")
    shared.run("%reset -f")
    assert shared.run(SETUP).out == ""
    return shared


def test_the_queue_starts_in_the_cell_and_answers_in_the_next(kernel: Kernel) -> None:
    """Issue 3: nothing but `Workbench()` is needed."""
    kernel.run(
        "@bench.collector\nasync def x(payload: Payload, ctx: Context): return Ok(payload.value)"
    )
    code = "event = await bench.send(Payload(7))\nprint(await event.wait())"
    assert kernel.run(code).out == "ResultList([Ok(7)])\n"


def test_defining_a_collector_again_says_so_in_its_own_cell(kernel: Kernel) -> None:
    """Issue 3: one line, and it is there when the cell ends."""
    define = "@bench.collector\nasync def x(payload: Payload, ctx: Context): return Ok(1)"
    assert kernel.run(define).out == ""
    assert kernel.run(define).out == "replaced collector 'x'\n"


def test_displayed_it_is_a_widget_with_a_text_beside_it(kernel: Kernel) -> None:
    """Decision 26: the text has no address; shown twice it is the same widget.

    Issue 13: beside it, as an output of its own, stands what it shows as plain HTML.
    """
    kernel.run("await bench.put(__import__('event_collector').Collector('x', echo))")
    first, second = kernel.run("bench"), kernel.run("bench")
    shown = "Playground(Workbench('bench', ['x']))"
    static, live = first.displays
    assert static["text/plain"] == shown
    assert set(static) == {"text/plain", "text/html"}
    assert ">x</td>" in static["text/html"]
    assert live["text/plain"] == f"{shown}: live where a kernel runs"
    assert VIEW in live
    assert first.displays == second.displays


def test_converted_to_html_only_its_plain_form_is_read(kernel: Kernel) -> None:
    """Issue 13: no stray text stands in the place of the widget."""
    nbformat, nbconvert = map(pytest.importorskip, ("nbformat.v4", "nbconvert"))
    shown = kernel.run("bench").displays
    outputs = [nbformat.new_output("display_data", each) for each in shown]
    cell = nbformat.new_code_cell("bench", outputs=outputs)
    page, _ = nbconvert.HTMLExporter().from_notebook_node(nbformat.new_notebook(cells=[cell]))
    read = re.sub(r"<!--.*?-->", "", page[page.index('class="ec-static"') :], flags=re.DOTALL)
    assert "run all its cells" in read
    assert "live where" not in read
    assert "Playground(" not in read


def test_a_notebook_is_watched_where_its_cells_have_ids(kernel: Kernel) -> None:
    """A front end tells the id of each cell; a program that executes a notebook does not."""
    kernel.run("from event_collector_widgets import watched")
    assert kernel.run("print(watched())").out == "False\n"
    assert kernel.finish(kernel.begin("print(watched())", cell="abc")).out == "True\n"
    app = "import os; os.environ['SERVER_SOFTWARE'] = 'voila/0.5.8'; print(watched())"
    assert kernel.run(f"{app}; del os.environ['SERVER_SOFTWARE']").out == "True\n"


def test_the_menus_follow_the_cells(kernel: Kernel) -> None:
    """Issue 3: what a cell defines is offered when it has run, without a word to the panel."""
    kernel.run("panel = Playground(bench).collectors")
    kernel.run("async def brand_new(payload: Payload, ctx: Context): return Ok(1)")
    kernel.eventually("'brand_new' in [value for _, value in panel.processor.options]")


@pytest.mark.parametrize(
    "by_subshell",
    [
        pytest.param(
            False,
            marks=pytest.mark.skipif(
                version_info < (7, 4), reason="kernels before 7.4 keep a click till the cell ended"
            ),
        ),
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                version_info < (7,), reason="kernels before 7 have no subshells"
            ),
        ),
    ],
    ids=["in the cell's loop", "by a subshell"],
)
def test_a_click_is_acted_upon_while_a_cell_awaits(kernel: Kernel, by_subshell: bool) -> None:
    """Notebook notes: the awaiting cell goes on when the click has defined the collector.

    JupyterLab sends it by a subshell to kernels 7.0 to 7.3: another thread with another loop.
    """
    subshell = kernel.new_subshell() if by_subshell else None
    shown = "panel = Playground(bench).collectors\nprint(panel.define_button.model_id)"
    button = kernel.run(shown).out.strip()
    waiting = "print('waiting', flush=True)\nwhile 'echo' not in bench.collectors:\n"
    cell = kernel.begin(waiting + "    await asyncio.sleep(0.001)\nprint('defined')")
    kernel.until_it_prints("waiting\n")
    kernel.click(button, subshell)
    assert kernel.finish(cell).out.endswith("defined\n")
    kernel.eventually("\"added collector 'echo'\" in panel.status.text")


@pytest.mark.parametrize("waiting_for", ["event.wait()", "bench.publisher.wait()", "bench.ready()"])
def test_the_stop_button_ends_a_waiting_cell_and_nothing_else(
    kernel: Kernel, waiting_for: str
) -> None:
    """Decision 15: the queue, the event in service and the kernel go on."""
    kernel.run(
        "from contextlib import asynccontextmanager\n"
        "gate = asyncio.Event()\n"
        "@asynccontextmanager\n"
        "async def life(ctx: Context):\n    await gate.wait()\n    yield\n"
        "@bench.collector\n"
        "async def x(payload: Payload, ctx: Context):\n    await gate.wait()\n    return Ok('done')"
    )
    kernel.run("event = await bench.send(Payload(1))")
    kernel.run("bench.collector('late', lifecycle=life)(echo)\nNone")
    cell = kernel.begin(f"print('waiting', flush=True)\nawait {waiting_for}")
    kernel.until_it_prints("waiting\n")
    assert kernel.interrupt(cell).error.split(":")[0] in ("KeyboardInterrupt", "CancelledError")
    kernel.run("gate.set()\nawait bench.ready()")
    assert kernel.run("print(await event.wait(), list(bench.collectors))").out == (
        "ResultList([Ok('done')]) ['x', 'late']\n"
    )


@pytest.mark.parametrize("interrupt", ["SystemExit", "KeyboardInterrupt"])
def test_an_interrupt_in_a_processor_does_not_end_the_kernel(
    kernel: Kernel, interrupt: str
) -> None:
    """Decision 15: told when nobody waits, passed on to a cell that does, shown where clicked."""
    kernel.run(
        f"@bench.collector\nasync def x(payload: Payload, ctx: Context): raise {interrupt}('stop')"
    )
    kernel.run("panel = Playground(bench).send\nbench.publisher.send(Payload(1))\nNone")
    kernel.eventually("bench.metrics().finished == 1")
    waited = kernel.run("event = await bench.send(Payload(2))\nawait event.wait()")
    assert waited.error.split(":")[0] == interrupt
    button = kernel.run("print(panel.send_button.model_id)").out.strip()
    kernel.click(button)
    kernel.eventually(f"'{interrupt}: stop' in panel.status.text")
    assert kernel.run("print(bench.queue.running, bench.metrics().finished)").out == "True 3\n"


def test_what_a_processor_prints_is_seen_once(kernel: Kernel) -> None:
    """None of it is lost, and none is doubled."""
    kernel.run(
        "@bench.collector\n"
        "async def x(payload: Payload, ctx: Context):\n    print('got', payload.value)\n"
    )
    code = "event = await bench.send(Payload(5))\nresults = await event.wait()\nprint(results)"
    assert kernel.run(code).out.endswith("ResultList([Ok(None)])\n")
    assert "".join(kernel.printed).count("got 5\n") == 1


def test_what_a_processor_prints_goes_to_the_cell_that_has_sent(kernel: Kernel) -> None:
    """Decision 28: a payload carries the context of its send, and that knows the cell.

    Not to the cell that made the workbench, where nobody looks for it.
    """
    kernel.run(
        "@bench.collector\nasync def loud(payload, ctx):\n"
        "    await asyncio.sleep(0)\n    print('got', payload.value)"
    )
    assert kernel.run("await (await bench.send(Payload(1))).wait()\nNone").out == "got 1\n"
    assert kernel.run("await (await bench.send(Payload(2))).wait()\nNone").out == "got 2\n"


def test_the_queue_lets_the_kernels_threads_have_their_turn(kernel: Kernel) -> None:
    """In a kernel each busy turn of the loop may pause, so that clicks come through."""
    code = "told = [hook.instrument for hook in bench.queue._consumers.hooks.loop_turn]\n"
    code += "print(bench._notices in told, bench._notices._turn.__qualname__)"
    assert kernel.run(code).out == "True YieldToThreads.turn\n"


def test_run_sync_inside_a_cell(kernel: Kernel) -> None:
    """Decision 6: the nested loop delivers the result, and the queue works before and after."""
    kernel.run("bench.collector('x')(echo)\nNone")
    code = "event = run_sync(bench.send(Payload(3)))\nprint(run_sync(event.wait()))"
    assert kernel.run(code).out == "ResultList([Ok(3)])\n"
    late = "try:\n    run_sync(asyncio.sleep(60), timeout=0.01)\nexcept TimeoutError: print('late')"
    assert kernel.run(late).out == "late\n"
    threaded = "from functools import partial\nloop = asyncio.get_running_loop()\n"
    threaded += "call = partial(run_sync, bench.send(Payload(4)), loop=loop)\n"
    threaded += "event = await asyncio.to_thread(call)\nprint(await event.wait())"
    assert kernel.run(threaded).out == "ResultList([Ok(4)])\n"
    patched = (
        "async def all_of():\n    for each in range(500): bench.publisher.send(Payload(each))\n"
    )
    patched += "    await bench.publisher.wait()\nawait all_of()\nprint(bench.metrics().finished)"
    assert kernel.run(patched).out == "502\n"


def test_a_restarted_kernel_begins_anew(shared: Kernel) -> None:
    """Restart and run all: the same cells work again."""
    shared.restart()
    assert shared.run(SETUP + "print(bench)").out == "Workbench('bench', [])\n"
    assert shared.run("await bench.close()\nprint(bench.queue.running)").out == "False\n"
