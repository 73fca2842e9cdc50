"""What workers show, where they live in the process of the queue."""

import builtins
import contextvars
import logging
import sys
import threading
from typing import Any

import IPython.display
import pytest
from distributed import Client, LocalCluster
from IPython.core import display_functions

from event_collector import Collector, Context, Ok, Payload, Result
from event_collector.cluster import attempts, displaying, figures, on_cluster, packing, showing
from tests.engine.cluster.clusters import Cluster, in_loop, queue_on, results, sent


async def loud(payload: Payload[Any], ctx: Context) -> Result:
    """Print the value."""
    print(payload.value)  # noqa: T201 - that is what is tested
    return Ok(None)


DISPLAY: Any = IPython.display.display


class Table:
    """Has a form for notebooks."""

    def __repr__(self) -> str:
        return "a table"

    def _repr_html_(self) -> str:
        return "<b>a table</b>"


async def rich(payload: Payload[Any], ctx: Context) -> Result:
    """Display by the bare name that a notebook has."""
    display(Table())  # type: ignore[name-defined]  # noqa: F821
    return Ok(payload.value)


@in_loop
async def test_what_is_displayed_there_is_text_where_no_notebook_is(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `display` prints where IPython has no shell; and the names are as before."""
    async with cluster.client() as client, queue_on(on_cluster(rich_one(), client)) as queue:
        assert await results(await sent(queue, 1)) == [Ok(1)]
    assert capsys.readouterr().out == "a table\n"
    assert not hasattr(builtins, "display")


def rich_one() -> Collector:
    """A collector whose processor displays."""
    return Collector("rich", rich)


def test_ours_stands_in_and_steps_back(capsys: pytest.CaptureFixture[str]) -> None:
    """For code that runs for no event it does what IPython's own does."""
    own: Any = display_functions.display
    with showing.listening(packing.by_value(DISPLAY)):
        named: Any = builtins
        replaced: Any = display_functions.display
        assert named.display is replaced is displaying.display
        named.display("as ever")

        def displayed() -> Any:
            heard = showing.hear()
            named.display(Table(), metadata={"text/html": {"isolated": True}})
            return heard.take()

        ((kind, (data, metadata)),) = contextvars.copy_context().run(displayed)
    assert kind == "display"
    assert data == {"text/plain": "a table", "text/html": "<b>a table</b>"}
    assert metadata == {"text/html": {"isolated": True}}
    assert display_functions.display is own
    assert not hasattr(builtins, "display")
    assert capsys.readouterr().out == "as ever\n"


@in_loop
async def test_the_streams_are_the_notebooks_again_when_the_last_collector_has_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With `processes=False` the workers are threads, and their streams are those of all."""
    before = sys.stdout, sys.stderr, list(logging.getLogger().handlers)
    make: Any = LocalCluster
    client_of: Any = Client
    how = {"processes": False, "asynchronous": True, "silence_logs": 50}
    async with (
        make(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", **how) as local,
        client_of(local, asynchronous=True) as client,
    ):
        first, second = (on_cluster(Collector(key, loud), client) for key in "ab")
        async with queue_on(first) as queue, queue_on(second) as other:
            await results(await sent(queue, "one"))
            await queue.shut_down_queue()
            await results(await sent(other, "two"))
        assert (sys.stdout, sys.stderr, list(logging.getLogger().handlers)) == before
    assert capsys.readouterr().out == "one\ntwo\n"


async def odd(payload: Payload[Any], ctx: Context) -> Result:
    """Show what cannot travel, among what can."""

    class Text(str):
        __slots__ = ()

    sys.stdout.write(Text("a text of its own\n"))
    metadata = {"text/plain": {"lock": threading.Lock()}}
    display("a lock", metadata=metadata)  # type: ignore[name-defined]  # noqa: F821
    print("the last")  # noqa: T201
    return Ok(payload.value)


@in_loop
async def test_what_cannot_be_pickled_of_what_is_shown_is_told_beside_the_result(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is shown, and nobody takes its worker for lost."""
    async with (
        cluster.client() as client,
        queue_on(on_cluster(Collector("odd", odd), client)) as queue,
    ):
        events = await sent(queue, 1)
        assert await results(events) == [Ok(1)]
    assert attempts(events[0], "odd") == 1
    said = capsys.readouterr()
    assert said.out == "a text of its own\nthe last\n"
    assert said.err.startswith("what was shown (display) cannot be pickled: TypeError: ")


async def draws(payload: Payload[Any], ctx: Context) -> Result:
    """Draw; how many figures were open before."""
    import matplotlib.pyplot as plt

    before = len(plt.get_fignums())
    plt.figure().add_subplot().plot([0, 1])
    if payload.value == "shown":
        plt.show()
    return Ok(before)


@pytest.mark.long
@in_loop
async def test_figures_are_closed_there_and_those_shown_are_text_where_no_notebook_is(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that a processor has only left open says nothing in a service."""
    async with (
        cluster.client() as client,
        queue_on(on_cluster(Collector("draws", draws), client)) as queue,
    ):
        for value in ("open", "shown", "open", "shown"):
            assert await results(await sent(queue, value)) == [Ok(0)]
    said = capsys.readouterr()
    assert (said.out, said.err) == ("<Figure size 640x480 with 1 Axes>\n" * 2, "")


def test_figures_travel_as_images_each_once() -> None:
    """What is shown, displayed, or left open; matplotlib is as before then."""
    import matplotlib.pyplot as plt

    def drawn() -> list[str]:
        heard = showing.hear(ends=True)
        show: Any = plt.show
        plt.figure("shown").add_subplot().plot([0, 1])
        plt.show()
        plt.figure("empty")
        left = plt.figure("left")
        left.add_subplot().plot([1, 0])
        displaying.display(left)  # and not again at the end
        plt.figure("open").add_subplot().plot([2, 1])
        plt.figure("bad").suptitle("$\\no$")
        assert show is not plt.show
        return [kind for kind, _ in checked(showing.ended(heard))]

    def checked(pieces: showing.Pieces) -> showing.Pieces:
        for kind, what in pieces:
            if kind != "err":
                assert what[0]["image/png"].startswith("iVBOR")
        return pieces

    others = plt.figure()
    with plt.rc_context():
        with showing.listening(b""):
            plt.rcdefaults()
            showing.heed()
            assert contextvars.copy_context().run(drawn) == ["display", "display", "figure", "err"]
            assert plt.get_fignums() == [others.number]
        assert figures.HOOK not in plt.rcParams["figure.hooks"]
    plt.close(others)
    assert plt.show.__module__ == "matplotlib.pyplot"
