"""Panels follow the name of a workbench: made again, it takes over what is shown of it."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from event_collector_widgets import (
    CollectorsPanel,
    Playground,
    QueuePanel,
    ResultsPanel,
    SendPanel,
    TryOutPanel,
    Workbench,
)
from event_collector_widgets.notices import REPAINT
from event_collector_widgets.panels.pictures import PicturesPanel

from event_collector import Delivery, Payload
from tests.support import Gate, in_loop, in_virtual_time, settle
from tests.widgets.benches import a_bench, collector, everything_in, failed, give

GONE = "the workbench was made again: the events of before are gone"


PANELS: list[Any] = [
    CollectorsPanel,
    SendPanel,
    ResultsPanel,
    QueuePanel,
    TryOutPanel,
    PicturesPanel,
]
"""Every panel that there is."""


class Follower:
    """Notes to which workbenches it was moved."""

    def __init__(self) -> None:
        self.to: list[Workbench] = []
        self.refreshed = 0

    def moved(self, bench: Workbench) -> None:
        self.to.append(bench)

    def refresh(self) -> None:
        self.refreshed += 1


@in_loop
async def test_who_follows_is_told_of_each_new_one_in_the_loop() -> None:
    """Issue 13: once for each workbench of the name, after the cell's step that made it."""
    follower = Follower()
    async with a_bench() as first:
        first.follow(follower.moved)
        async with a_bench() as second:
            assert follower.to == []
            await settle()
            assert follower.to == [second]
            async with a_bench() as third, a_bench() as fourth:
                await settle()
                assert follower.to == [second, third, fourth]


@in_loop
async def test_who_follows_is_not_told_of_another_name() -> None:
    """Only the same name takes over."""
    follower = Follower()
    async with a_bench() as bench:
        bench.follow(follower.moved)
        async with a_bench("other"):
            await settle()
    assert follower.to == []


@in_loop
async def test_who_follows_goes_on_to_do_so_after_the_workbench_was_closed() -> None:
    """A notebook that closes its workbench and is run from the top again shows the new one."""
    follower = Follower()
    async with a_bench() as first:
        first.follow(follower.moved)
    async with a_bench() as second:
        await settle()
        assert follower.to == [second]


@in_virtual_time
async def test_the_watchers_of_a_replaced_workbench_are_told_nothing_more() -> None:
    """Closing it changes it, and nobody is to be shown that."""
    follower = Follower()
    async with a_bench() as first:
        await asyncio.sleep(2 * REPAINT)
        first.watch(follower.refresh)
        async with a_bench() as second:
            await second.ready()
            await asyncio.sleep(2 * REPAINT)
            assert follower.refreshed == 0


@in_loop
async def test_a_follower_is_not_kept_alive() -> None:
    """As with watchers: a panel that nobody shows is freed."""
    follower = Follower()
    known = weakref.ref(follower)
    async with a_bench() as first:
        first.follow(follower.moved)
        del follower
        gc.collect()
        assert known() is None
        async with a_bench():
            await settle()


@pytest.mark.parametrize("panel", PANELS)
@in_virtual_time
async def test_a_panel_moves_to_the_new_workbench_and_says_so(panel: type[Any]) -> None:
    """Issue 13: it follows the name, and is refreshed by the new one."""
    async with a_bench() as first:
        await first.put(collector("x"))
        await give(first, Payload(1))
        shown = panel(first)
        async with a_bench() as second:
            await settle()
            assert shown.bench is second
            assert shown.status.text.startswith(GONE)
            await asyncio.sleep(2 * REPAINT)
            before = {each.model_id: _values(each) for each in everything_in(shown)}
            await second.put(collector("brand new", topics=["fresh"]))
            await give(second, Payload("a value"))
            await asyncio.sleep(10)
            after = {each.model_id: _values(each) for each in everything_in(shown)}
            assert before != after or panel is PicturesPanel  # it is drawn when asked for
            assert not failed(shown)


def _values(widget: Any) -> str:
    names = ("value", "options", "rows", "sections")
    return repr([getattr(widget, name) for name in names if hasattr(widget, name)])


@in_loop
async def test_what_was_typed_stays() -> None:
    """Issue 13: text, choices and keys of the form are what they were."""
    async with a_bench() as first:
        await first.put(collector("x", topics=["t"]))
        playground = Playground(first)
        send, collectors = playground.send, playground.collectors
        send.value.text.value = '{"mine": 1}'
        names = send.names
        names.delivery.value = Delivery.KEY
        await settle()
        names.names.value, names.others.value = ("x",), "y"
        await settle()
        collectors.form.key.value, collectors.form.topics.value = "typed", "a topic"
        before = repr(send.payload())
        async with a_bench() as second:
            await settle()
            assert playground.bench is second
            assert repr(send.payload()) == before
            form = collectors.form
            assert (form.key.value, form.topics.value) == ("typed", "a topic")
            await second.put(collector("x", topics=["t"]))
            send.refresh()
            assert repr(send.payload()) == before


@in_loop
async def test_a_click_goes_to_the_new_workbench() -> None:
    """The fault seen: Send answered that the workbench was closed, when it had been run again."""
    async with a_bench() as first:
        panel = SendPanel(first)
        async with a_bench() as second:
            panel.send_button.click()  # even before anything was awaited
            await second.put(collector("x"))
            await settle()
            await second.publisher.wait()
            assert second.metrics().accepted == 1
            assert not failed(panel)


@in_loop
async def test_a_chosen_event_goes_with_its_workbench_and_says_so() -> None:
    """Nothing of the old one is shown as if it were of the new one."""
    async with a_bench() as first:
        await first.put(collector("x"))
        await give(first, Payload("secret"))
        results = ResultsPanel(first)
        results.show(1)
        async with a_bench():
            await settle()
            assert results.detail.title == ""
            assert results.status.text.endswith("with them event 1, which was open here")
            assert "secret" not in "".join(map(_values, everything_in(results)))


@in_loop
async def test_an_answer_of_the_old_workbench_is_not_shown_as_one_of_the_new() -> None:
    """Both begin to count their events at 1."""
    held = asyncio.Event()

    async def hold(payload: Payload[Any], ctx: Any) -> Any:
        await held.wait()

    async with a_bench() as first:
        await first.put(collector("x", hold))
        panel = SendPanel(first)
        panel.send_button.click()
        await settle()
        async with a_bench() as second:
            await settle()
            held.set()
            await second.ready()
            await settle()
            assert panel.status.text == GONE


@in_loop
async def test_a_send_that_waited_for_room_in_the_old_workbench_says_nothing_of_it() -> None:
    """The new one has accepted nothing."""
    gate = Gate()
    async with a_bench(max_consumers=1, max_queued=1) as first:
        await first.put(collector("x", gate))
        panel = SendPanel(first)
        for value in range(3):
            first.publisher.send(Payload(value))
        waiting = asyncio.ensure_future(panel.send())
        await settle()
        async with a_bench() as second:
            await settle()
            gate.open()
            await second.ready()
            await asyncio.wait([waiting])
            assert panel.status.text.startswith(GONE)
            assert second.metrics().accepted == 0


@in_loop
async def test_the_playground_of_a_name_is_one_for_all_its_workbenches() -> None:
    """Displayed again in its cell or another, it is another view of the same widgets."""
    async with a_bench() as first:
        shown = first._repr_mimebundle_()
        playground = first.displayed
        async with a_bench() as second:
            again: Any = second._repr_mimebundle_()  # in the same step as it was made
            assert second.displayed is playground
            assert first.displayed is None
            assert all(panel.bench is second for panel in playground.panels)
            assert again == shown


@in_loop
async def test_a_closed_panel_follows_nobody() -> None:
    """It is shown nowhere."""
    async with a_bench() as first:
        panel = SendPanel(first)
        panel.close()
        async with a_bench():
            await settle()
            assert panel.bench is first


@in_loop
async def test_a_closed_panel_leaves_no_widget() -> None:
    """ipywidgets keeps each that is not closed, layouts and styles too."""
    async with a_bench() as bench:
        before = _widgets()
        for panel in (*PANELS, Playground):
            shown = panel(bench)
            assert _widgets() > before
            shown.close()
            assert _widgets() == before


@in_loop
async def test_a_closed_playground_is_made_anew_when_displayed() -> None:
    """Closing it takes it away where it is shown, and not for ever."""
    async with a_bench() as bench:
        bench._repr_mimebundle_()
        first: Any = bench.displayed
        first.close()
        assert bench.displayed is None
        bench._repr_mimebundle_()
        again: Any = bench.displayed
        assert again is not first
        again.close()


def _widgets() -> int:
    from ipywidgets.widgets.widget import _instances

    return len(_instances)
