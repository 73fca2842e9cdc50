"""Cells that are run again and again, in a real kernel: what is left of the runs before."""

import json

import pytest

from tests.widgets.kernels import Kernel, Output

SETUP = """
import asyncio, gc
from contextlib import asynccontextmanager
from ipywidgets.widgets.widget import _instances
from event_collector import CollectorEvent, CollectorQueue, Context, Ok, Payload, Result
from event_collector_widgets import ResultsPanel, SendPanel, Workbench
bench = Workbench()

def count():
    gc.collect()
    there = [type(each) for each in gc.get_objects()]
    events = sum(issubclass(each, CollectorEvent) for each in there)
    return [there.count(Workbench), there.count(CollectorQueue), events, len(_instances)]
"""

COLLECTOR = """
@asynccontextmanager
async def life(ctx: Context):
    ctx.scale = 2
    yield

@bench.collector("x", lifecycle=life)
async def x(payload: Payload, ctx: Context) -> Result:
    await asyncio.sleep(0)
    print(end="")
    return Ok(payload.value * ctx.scale)
"""

SEND = """
for number in range({events} - 1):
    event = await bench.send(Payload(number))
await bench.publisher.wait()
await bench.send(Payload("the last stays in Out"))
"""


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """The kernel with a fresh workbench in it, and nothing of the tests before."""
    shared.run("if 'bench' in globals(): await bench.close()")
    shared.run("import ipywidgets\nipywidgets.Widget.close_all()")
    shared.run("%reset -f")
    shared.run("%reset -f out")
    assert shared.run(SETUP).out == ""
    shared.eventually("count()[0] == 1")  # a panel's timer may keep the one of before for a second
    return shared


def count(kernel: Kernel) -> list[int]:
    """How many workbenches, queues, events and widgets there are in the kernel."""
    counted: list[int] = json.loads(kernel.run("print(count())").out)
    return counted


@pytest.mark.parametrize(
    ("runs", "events"),
    [
        pytest.param(8, 20, id="8 runs"),
        pytest.param(40, 2_000, id="40 runs", marks=pytest.mark.long),
    ],
)
def test_cells_that_are_run_again_leave_one_workbench_its_events_and_its_widgets(
    kernel: Kernel, runs: int, events: int
) -> None:
    """Issue 13: all of them are run again, from the first to the displays at the end."""
    cells = ["bench = Workbench()", COLLECTOR, SEND.format(events=events), "bench"]
    cells += ["panel = SendPanel(bench)\npanel", "ResultsPanel(bench)"]
    cells += ["panel.send_button.click()\nawait asyncio.sleep(0)"]
    seen: list[list[int]] = []
    for _ in range(runs):
        for number, cell in enumerate(cells):
            output = kernel.finish(kernel.begin(cell, f"cell {number}"))
            assert (output.error, output.streams["stderr"]) == ("", "")
        kernel.eventually(f"bench.metrics().finished == {events + 1}")
        if len(seen) < 2:
            kernel.eventually("count()[0] == 1")
            seen.append(count(kernel))
    kernel.eventually("count()[0] == 1")
    seen.append(count(kernel))
    assert [each[:3] for each in seen] == [[1, 1, events + 1]] * 3
    assert seen[1] == seen[2]


RAISES = """
await bench.send(Payload('text'))
await bench.publisher.wait()
raise bench.history[-1].result.errors[0].exception
"""


@pytest.mark.parametrize(
    "wrong",
    ["bench.collector(5)", "def mine(b): return b.name / 2\nmine(bench)", RAISES],
    ids=["refused", "in a function", "of a processor"],
)
def test_an_error_in_a_cell_does_not_keep_the_workbench_that_was_replaced(
    kernel: Kernel, wrong: str
) -> None:
    """Issue 13: IPython keeps the last one with its frames; another error is kept for %debug."""
    cells = [
        "bench = Workbench()",
        "@bench.collector\nasync def y(p, c): return p.value / 2",
        wrong,
    ]
    for _ in range(3):
        for number, cell in enumerate(cells):
            assert bool(_cell(kernel, cell, f"cell {number}").error) == (cell == wrong)
    assert kernel.run("import sys; print(hasattr(sys, 'last_value'))").out == "True\n"
    _cell(kernel, cells[0], "cell 0")
    kernel.eventually("count()[:2] == [1, 1]")
    kernel.run("{}['of another']")
    _cell(kernel, cells[0], "cell 0")
    kernel.eventually("count()[:2] == [1, 1]")
    assert kernel.run("print(repr(sys.last_value))").out == "KeyError('of another')\n"


def test_a_replaced_workbench_leaves_out_and_the_rest_of_it_stays(kernel: Kernel) -> None:
    """IPython keeps what cells have given, also as `_`; that of others is not touched."""
    kernel.run("bench = Workbench()\n'mine'")
    kernel.run("'mine'")
    kernel.run("bench")
    kernel.run("bench = Workbench()")
    code = "print(*sorted({type(each).__name__ for each in Out.values()} - {'CarryingEvent'}))"
    assert "Workbench" not in kernel.run(code).out
    assert kernel.run("print([*Out.values()].count('mine'), repr(_))").out == "2 ''\n"
    kernel.run("'new'")
    assert kernel.run("print(_)").out == "new\n"


def test_a_panel_of_another_cell_or_of_the_same_run_stays(kernel: Kernel) -> None:
    """Only what an earlier run of its cell has made is closed, if one is made again."""
    cell = "two = [SendPanel(bench), SendPanel(bench)]"
    kernel.finish(kernel.begin(cell, "one"))
    kernel.finish(kernel.begin("other = SendPanel(bench); first = two", "two"))
    is_open = "print([each.comm is not None for each in (*first, *two, other)])"
    assert kernel.run(is_open).out == "[True, True, True, True, True]\n"
    kernel.finish(kernel.begin("3", "one"))
    assert kernel.run(is_open).out == "[True, True, True, True, True]\n"
    kernel.finish(kernel.begin(cell, "one"))
    assert kernel.run(is_open).out == "[False, False, True, True, True]\n"


def test_where_the_front_end_tells_no_cell_nothing_is_closed(kernel: Kernel) -> None:
    """It cannot be known then what was shown by which."""
    for _ in range(2):
        kernel.run("panels = [*globals().get('panels', ()), SendPanel(bench)]")
    assert kernel.run("print([each.comm is not None for each in panels])").out == "[True, True]\n"


def test_what_a_displayed_workbench_shows_is_closed_by_no_cell(kernel: Kernel) -> None:
    """It may be shown by other cells too."""
    kernel.run("bench.displayed.close()")
    kernel.finish(kernel.begin("bench", "one"))
    kernel.finish(kernel.begin("SendPanel(bench)", "one"))
    assert kernel.run("print(bench.displayed.send.comm is not None)").out == "True\n"


def _cell(kernel: Kernel, code: str, cell: str) -> Output:
    return kernel.finish(kernel.begin(code, cell))


def test_two_of_one_name_in_one_run_of_a_cell_are_refused(kernel: Kernel) -> None:
    """Else the second would close the first at once; what to do is said. Again is another run."""
    code = "one = Workbench('n', max_consumers=1)\ntwo = Workbench('n')"
    for _ in range(2):
        said = _cell(kernel, code, "one").error
        assert said == (
            "ValueError: this cell has made a workbench named 'n' already; to have both, "
            "give this one a name of its own: Workbench('n2')"
        )
        assert kernel.run("print(one.queue.max_consumers, 'two' in globals())").out == "1 False\n"
    code = "one = Workbench('n')\nawait one.close()\none = Workbench('n')\nother = Workbench('n2')"
    assert _cell(kernel, code, "one").out == "replaced workbench 'n'\n"
    kernel.run("await one.close(); await other.close()")
    kernel.run("1 / 0")  # IPython keeps the frames of the last exception, with what is in them


def test_it_is_told_which_variable_is_closed_by_another_of_the_name(kernel: Kernel) -> None:
    """Made in another cell; run again, the cell replaces its own, and that is meant."""
    kernel.run("await bench.close(); del bench")
    assert _cell(kernel, "bench = Workbench()", "one").out == ""
    assert _cell(kernel, "bench = Workbench()", "one").out == "replaced workbench 'bench'\n"
    kernel.run("panel = SendPanel(bench)")
    assert _cell(kernel, "second = Workbench()", "two").out == (
        "replaced workbench 'bench' of another cell, which is in bench: it is closed, and its "
        "panels show this one; to have both, give this one a name of its own: "
        "Workbench('bench2')\n"
    )
    assert kernel.run("print(panel.bench is second, panel.status.text)").out == (
        "True another cell has made a workbench named 'bench', which is shown here now; the one "
        "before is closed, with its events (to have both, name one: Workbench('bench2'))\n"
    )
    said = kernel.run("bench.send(Payload(1))").error
    assert said == (
        "QueueClosedError: the queue was closed with its workbench, which another one named "
        "'bench' has replaced; use that one, or give one of them a name of its own"
    )
    kernel.run("await second.close()")
    kernel.run("1 / 0")


def test_the_heading_and_the_code_call_a_workbench_alike(kernel: Kernel) -> None:
    """Where the variable has another name than the workbench, both are told."""
    assert kernel.run("print(bench.heading, bench.variable)").out == "bench bench\n"
    kernel.run(
        "city = Workbench('town')\n"
        "from event_collector_widgets.panels.playground import playground_of\n"
        "of = playground_of(city)"
    )
    assert kernel.run("print(of.strip.name)").out == "town (in the variable city)\n"
    assert kernel.run("print(city.variable)").out == "city\n"
    kernel.run("await city.close()")
