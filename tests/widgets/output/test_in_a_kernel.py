"""What processors show in a real kernel: kept with the event, seen in the cell that has sent."""

import pytest
from ipykernel._version import version_info

from tests.widgets.kernels import Kernel, Output

SETUP = """
import asyncio, logging, sys, warnings
import matplotlib.pyplot as plt
from contextlib import asynccontextmanager
from IPython.display import HTML, clear_output, display
from event_collector import Collector, Ok, Payload
from event_collector_widgets import Workbench
from event_collector_widgets.output.capture import stays_in_panel
bench = Workbench()

async def sent(value=0):
    global event
    event = await bench.send(Payload(value))
    await event.wait()

def text(key="x"):
    return bench.output(event)[key].text

def kinds(key="x"):
    return [sorted(each) for each in bench.output(event)[key].displays]
"""

PNG = "[['image/png', 'text/plain']]\n"


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """The kernel with a fresh workbench in it, and its former one closed."""
    shared.run("if 'bench' in globals(): await bench.close()")
    shared.run("%reset -f")
    assert shared.run(SETUP).out == ""
    return shared


def process(kernel: Kernel, body: str, *, send: str = "await sent()") -> Output:
    """Give the workbench a collector `x` whose processor has this body; what the send's cell gave.

    The cell that defines it is another one.
    """
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    kernel.run(f"@bench.collector\nasync def x(payload, ctx):\n{lines}")
    return kernel.run(send)


def in_panel(send: str = "await sent()") -> str:
    """A cell that sends as a panel does, from another context than the cell's own."""
    return (
        f"async def click(): {send}\n"
        "with stays_in_panel():\n    click = asyncio.create_task(click())\nawait click"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("print('got', payload.value)", "got 0\n"),
        ("print('e', file=sys.stderr)", "e\n"),
        ("sys.stdout.writelines(['a', 'b'])", "ab"),
        ("logging.getLogger('mine').warning('logged')", "logged\n"),
        ("await asyncio.to_thread(print, 'in a thread')", "in a thread\n"),
        ("await asyncio.create_task(asyncio.to_thread(print, 'deeper'))", "deeper\n"),
        ("for i in range(30): print(f'\\r{i:3}%', end='')\nprint()", " 29%\n"),
        ("print('<b>&amp;')", "<b>&amp;\n"),
    ],
)
def test_text_is_kept_and_seen_in_the_cell(kernel: Kernel, body: str, text: str) -> None:
    """Issue 13: whatever way it is written, it is kept, and goes to the cell that has sent."""
    cell = process(kernel, body)
    assert kernel.run("print(repr(text()))").out == f"{text!r}\n"
    seen = cell.streams["stdout"] + cell.streams["stderr"]
    assert seen.endswith(text.lstrip())
    assert cell.error == ""


def test_a_warning_is_kept(kernel: Kernel) -> None:
    """Issue 13: warnings count."""
    cell = process(kernel, "warnings.warn('take care')")
    assert "UserWarning: take care" in kernel.run("print(text())").out
    assert "UserWarning: take care" in cell.streams["stderr"]


def test_a_handler_that_has_held_the_stream_for_long_is_heard(kernel: Kernel) -> None:
    """`logging.basicConfig` takes the stream as it is then, often before any workbench."""
    kernel.run(
        "handler = logging.StreamHandler(sys.stderr)\nlogging.getLogger('h').addHandler(handler)"
    )
    process(kernel, "logging.getLogger('h').warning('logged')")
    assert kernel.run("print(text())").out == "logged\n\n"


def test_displays_are_kept_and_seen_in_the_cell(kernel: Kernel) -> None:
    """Issue 13: as display data; HTML stays as it is, since a panel must escape it anyway."""
    cell = process(kernel, "display(HTML('<img onerror=x>'))")
    assert cell.data["text/html"] == "<img onerror=x>"
    assert kernel.run("print(bench.output(event)['x'].displays[0]['text/html'])").out == (
        "<img onerror=x>\n"
    )


def test_a_display_that_is_updated_is_one(kernel: Kernel) -> None:
    """A display with an id is replaced, as it is in the cell."""
    process(kernel, "d = display(HTML('1'), display_id=True)\nd.update(HTML('2'))")
    shown = "print([each['text/html'] for each in bench.output(event)['x'].displays])"
    assert kernel.run(shown).out == "['2']\n"


def test_output_that_is_cleared_is_gone(kernel: Kernel) -> None:
    """`clear_output(wait=True)` waits for what takes its place."""
    process(kernel, "print('a')\nclear_output()\nprint('b')\nclear_output(wait=True)\nprint('c')")
    assert kernel.run("print(repr(text()))").out == "'c\\n'\n"


@pytest.mark.parametrize("show", ["", "plt.show()", "display(plt.gcf())", "plt.gcf().show()"])
def test_a_figure_is_kept_and_seen_once_and_closed(kernel: Kernel, show: str) -> None:
    """Issue 13: shown, or new and open when the processor ends."""
    cell = process(kernel, f"plt.plot([1, 2])\nawait asyncio.sleep(0)\n{show}")
    assert kernel.run("print(kinds())").out == PNG
    assert kernel.run("print(plt.get_fignums())").out == "[]\n"
    assert cell.data["image/png"]
    assert kernel.run("print(bench.output(event)['x'].displays[0]['image/png'])").out == (
        cell.data["image/png"].rstrip() + "\n" * (1 + cell.data["image/png"].endswith("\n"))
    )


def test_the_figure_of_a_cell_stays_with_it(kernel: Kernel) -> None:
    """What others have open is not the processor's."""
    cell = process(
        kernel, "print('x')", send="plt.plot([1])\nawait sent()\nprint(plt.get_fignums())"
    )
    assert cell.streams["stdout"] == "x\n[1]\n"
    assert kernel.run("print(kinds())").out == "[]\n"


def test_a_figure_that_is_being_drawn_when_a_cell_ends_is_left_alone(kernel: Kernel) -> None:
    """The inline backend shows and closes all figures then; the cell's own is shown as ever."""
    first = process(
        kernel,
        "figure, axes = plt.subplots()\nawait go.wait()\nassert plt.gcf() is figure",
        send="go = asyncio.Event()\nevent = await bench.send(Payload(0))\nawait asyncio.sleep(0)",
    )
    second = kernel.run("plt.figure().add_subplot()\nprint(plt.get_fignums())")
    assert (first.out, first.data, second.out) == ("", {}, "[1, 2]\n")
    assert second.data["image/png"]
    assert kernel.run("go.set()\nprint(await event.wait())").out == "ResultList([Ok(None)])\n"
    assert kernel.run("print(kinds(), plt.get_fignums())").out == f"{PNG[:-1]} []\n"


def test_a_figure_of_a_task_that_was_left_behind_is_shown_by_the_next_cell(kernel: Kernel) -> None:
    """Its processor has ended and will not close it; so it goes the way of all others."""
    process(
        kernel,
        "async def late():\n    await go.wait()\n    plt.plot([1])\n"
        "global left\nleft = asyncio.create_task(late())",
        send="go = asyncio.Event()\nawait sent()",
    )
    cell = kernel.run("go.set()\nawait left\nprint(plt.get_fignums())")
    assert (cell.out, "image/png" in cell.data) == ("[1]\n", True)
    assert kernel.run("print(bench.output(event), plt.get_fignums())").out == "{} []\n"


def test_of_a_panel_it_is_kept_and_not_passed_on(kernel: Kernel) -> None:
    """Issue 13: for a payload sent from a panel it stays in the panel."""
    body = "print('out')\nprint('err', file=sys.stderr)\ndisplay(HTML('h'))\nplt.plot([1])"
    cell = process(kernel, body, send=in_panel())
    assert (cell.out, cell.data, cell.error) == ("", {}, "")
    assert kernel.run("print(repr(text()), kinds())").out == (
        "'out\\nerr\\n' [['text/html', 'text/plain'], ['image/png', 'text/plain']]\n"
    )
    assert kernel.run("await sent()").streams["stdout"] == "out\n"


def test_of_a_panel_no_cell_is_cleared_or_updated(kernel: Kernel) -> None:
    """What a processor clears and updates is its own; in its cell, if one has sent, too."""
    body = "d = display(HTML('1'), display_id=True)\nd.update(HTML('2'))\nclear_output()"
    kernel.run(
        "told = []\ndef tell(message):\n"
        "    told.append(message['header']['msg_type'])\n    return message\n"
        "get_ipython().display_pub.register_hook(tell)"
    )
    process(kernel, body, send=in_panel())
    assert kernel.run("print(told)").out == "[]\n"
    kernel.run("await sent()")
    said = kernel.run("print(told)\nget_ipython().display_pub.unregister_hook(tell)\nNone").out
    assert said == "['display_data', 'update_display_data', 'clear_output']\n"


def test_broadcast_and_concurrent_output_is_kept_apart(kernel: Kernel) -> None:
    """Each collector's and each event's own, though all run at once."""
    kernel.run(
        "async def two(payload, ctx):\n"
        "    for _ in range(3):\n"
        "        print(payload.value, end='')\n        await asyncio.sleep(0)\n"
        "bench.collector('x')(two)\nbench.collector('y')(two)\nawait bench.ready()"
    )
    kernel.run("events = [await bench.send(Payload(n)) for n in range(5)]")
    kernel.run("for each in events: await each.wait()")
    said = kernel.run(
        "print([{k: o.text for k, o in bench.output(e).items()} for e in events])"
    ).out
    assert said == f"{[{'x': str(n) * 3, 'y': str(n) * 3} for n in range(5)]}\n"


def test_what_a_lifecycle_shows_stays_with_its_collector(kernel: Kernel) -> None:
    """Issue 13: entered in one cell, left in another; from a panel it is not passed on."""
    kernel.run(
        "@asynccontextmanager\nasync def life(ctx):\n"
        "    print('opened')\n    yield\n    print('closed')\n"
        "async def x(payload, ctx): print('got')"
    )
    made = "c = Collector('{0}', x, lifecycle=life)\nawait bench.put(c)"
    assert kernel.run(made.format("x")).out == "opened\n"
    assert kernel.run("await sent()\nprint(repr(text()))").out == "got\n'got\\n'\n"
    kernel.run("await bench.remove('x')")
    assert kernel.run("print(repr(bench.output(c).text))").out == "'opened\\nclosed\\n'\n"
    kernel.run("c = Collector('y', x, lifecycle=life)")
    assert kernel.run(in_panel("await bench.put(c)")).out == ""
    assert kernel.run("print(repr(bench.output(c).text))").out == "'opened\\n'\n"


def test_a_captured_cell_captures_what_is_kept_too(kernel: Kernel) -> None:
    """`%%capture` puts another stream in place of stdout; both get it."""
    captured = "from IPython.utils.capture import capture_output\n"
    captured += "with capture_output() as caught: await sent()"
    process(kernel, "print('got')", send=captured)
    said = kernel.run("print(repr(caught.stdout), repr(text()))").out
    assert said == "'got\\n' 'got\\n'\n"


def test_a_task_left_behind_prints_into_its_event(kernel: Kernel) -> None:
    """What it shows later belongs to the event that has started it."""
    process(
        kernel,
        "async def late():\n    await go.wait()\n    print('late')\n"
        "global left\nleft = asyncio.create_task(late())",
        send="go = asyncio.Event()\nawait sent()",
    )
    kernel.run("go.set()\nawait left")
    assert kernel.run("print(repr(text()))").out == "'late\\n'\n"


def test_nothing_is_listened_to_when_no_workbench_is_left(kernel: Kernel) -> None:
    """The kernel's streams are as they were, and so is matplotlib."""
    process(kernel, "print('got')\nplt.plot([1])")
    ours = "heard = [sys.stdout.write, sys.stderr.write, get_ipython().display_pub.publish]\n"
    ours += "await asyncio.sleep(0)\nprint([hasattr(each, 'is_ours') for each in heard])"
    assert kernel.run(ours).out == "[True, True, True]\n"
    kernel.run("await bench.close()\nbench = event = None")
    kernel.run("import gc\nawait asyncio.sleep(0)\ngc.collect()\nNone")
    assert kernel.run(ours).out == "[False, False, False]\n"
    assert kernel.run("print(plt.rcParams['figure.hooks'])").out == "[]\n"
    kernel.run("bench = Workbench()")


@pytest.mark.skipif(version_info < (7,), reason="before 7, output goes to the cell that runs")
def test_sent_by_one_cell_and_run_during_another_it_goes_to_the_first(kernel: Kernel) -> None:
    """Decision 28: the payload carries the cell along."""
    first = process(
        kernel,
        "await go.wait()\nprint('got')",
        send="go = asyncio.Event()\nevent = await bench.send(Payload(0))",
    )
    second = kernel.run("go.set()\nawait event.wait()\nprint('second')")
    assert (first.out, second.out) == ("", "second\n")
    assert kernel.run("print(repr(text()))").out == "'got\\n'\n"
