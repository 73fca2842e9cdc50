"""What every panel has: careful callbacks, a line for what happened, and nothing unescaped."""

import asyncio
from collections.abc import Callable
from typing import Any

import ipywidgets as w
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
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.fields import table
from event_collector_widgets.panels.pictures import PicturesPanel

from event_collector import Context, Ok, Payload, Result
from tests.support import in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    eventually,
    everything_in,
    failed,
    from_another_thread,
)

ALL: list[Any] = [
    CollectorsPanel,
    SendPanel,
    ResultsPanel,
    QueuePanel,
    TryOutPanel,
    PicturesPanel,
]
"""Every panel that there is."""


class Counter(Panel):
    """A panel with one button and one field, for tests."""

    title = "Counter"

    def __init__(self, bench: Workbench, action: Callable[[], Any] | None = None) -> None:
        super().__init__(bench)
        self.button, self.field = w.Button(description="Count"), w.Text()
        self.count, self.inputs = 0, 0
        self.children = (self.heading, self.button, self.field, self.status)
        self.on_click(self.button, action or self.increase)
        self.on_input([self.field], self.note_input)

    async def increase(self) -> None:
        asyncio.get_running_loop().call_soon(lambda: None)
        self.count += 1
        await asyncio.sleep(0)
        self.say(f"counted to {self.count}")

    def note_input(self) -> None:
        self.inputs += 1
        if self.field.value == "bad":
            raise ValueError("no such <thing>")


@pytest.mark.parametrize("panel", ALL)
def test_a_panel_takes_a_workbench(panel: Any) -> None:
    """What is not a workbench is refused, with what to do."""
    with pytest.raises(TypeError, match=f"{panel.__name__}.. takes a Workbench, got str; write"):
        panel("bench")


@pytest.mark.parametrize("panel", ALL)
@in_loop
async def test_a_panel_has_a_small_fixed_set_of_widgets(panel: Callable[..., Panel]) -> None:
    """Notebook notes: 25 at most, however many collectors and events there are."""
    async with a_bench() as bench:
        for number in range(30):
            await bench.put(collector(f"c{number}"))
            await bench.send(Payload(number))
        shown = panel(bench)
        before = everything_in(shown)
        await bench.publisher.wait()
        shown.refresh()
        assert everything_in(shown) == before
        assert len(before) <= 25


@in_loop
async def test_a_click_from_another_thread_runs_in_the_owners_loop() -> None:
    """Notebook notes: some kernels run callbacks on a thread with a loop of its own."""
    async with a_bench() as bench:
        panel = Counter(bench)
        await from_another_thread(panel.button.click)
        await eventually(lambda: panel.status.text == "counted to 1")


@in_loop
async def test_a_click_is_acted_upon_while_a_cell_awaits() -> None:
    """Notebook notes: a callback runs between two steps of the awaiting cell."""
    async with a_bench() as bench:
        panel, going = Counter(bench), asyncio.Event()
        cell = asyncio.ensure_future(going.wait())
        panel.button.click()
        await eventually(lambda: panel.count)
        assert not cell.done()
        going.set()
        await cell


@in_loop
async def test_an_error_of_an_action_is_shown_where_the_user_clicked() -> None:
    """Its type and what it says, in one line, escaped; the next click takes it away."""

    async def fail() -> None:
        raise ValueError(f"no {NASTY}\nsecond line")

    async with a_bench() as bench:
        panel = Counter(bench, fail)
        panel.button.click()
        await settle()
        assert failed(panel)
        assert panel.status.text == f"ValueError: no {NASTY} second line"
        assert_harmless(panel)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
@in_loop
async def test_an_interrupt_of_an_action_is_shown_too(interrupt: type[BaseException]) -> None:
    """Decision 15: it reaches who clicked, and does not end the loop."""

    async def stop() -> None:
        await asyncio.sleep(0)
        raise interrupt("stop")

    async with a_bench() as bench:
        panel = Counter(bench, stop)
        panel.button.click()
        await settle()
        assert panel.status.text == f"{interrupt.__name__}: stop"


@in_loop
async def test_an_error_in_reaction_to_a_field_is_shown() -> None:
    """A change of a field is not a click, but its error is shown just so."""
    async with a_bench() as bench:
        panel = Counter(bench)
        panel.field.value = "good"
        await settle()
        assert (panel.inputs, failed(panel)) == (1, False)
        panel.field.value = "bad"
        await settle()
        assert panel.status.text == "ValueError: no such <thing>"


@in_loop
async def test_a_click_after_the_workbench_was_closed_tells_so() -> None:
    """Decision 10: the panel outlives its workbench, and shows what is wrong."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        await bench.close()
        panel.send_button.click()
        await settle()
        assert panel.status.text.startswith("the queue was closed with its workbench;")


@in_loop
async def test_texts_are_escaped() -> None:
    """What a panel says and what it lists is text, not HTML."""
    async with a_bench() as bench:
        panel = Counter(bench)
        panel.say(NASTY)
        assert panel.status.text == NASTY
        assert_harmless(panel)
        for listing in (table([NASTY], [[NASTY]], ""), table([], [], NASTY)):
            panel.heading.value = listing
            assert_harmless(panel)


@in_loop
async def test_hostile_names_stay_text_in_the_whole_playground() -> None:
    """Issue 3: keys, topics, values, exceptions and reprs, all of it escaped."""

    class Hostile:
        def __repr__(self) -> str:
            return NASTY

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError(NASTY)

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(Hostile())

    async with a_bench(namespace={"fail": fail, "hostile": Hostile()}) as bench:
        await bench.put(collector(NASTY, fail, topics=[f"topic {NASTY}"]))
        await bench.put(collector(f"2 {NASTY}", answer))
        playground = Playground(bench)
        for value in (NASTY, Hostile(), {NASTY: NASTY}):
            await bench.send(Payload(value, topics=[NASTY]))
        await bench.publisher.wait()
        playground.send.value.text.value = f'"{NASTY.replace(chr(34), "")}"'
        playground.collectors.form.key.value = NASTY
        playground.send.send_button.click()
        await settle()
        for panel in playground.panels:
            panel.refresh()
            assert_harmless(panel)
        for event in list(bench.history):
            playground.results.show(event.id)
            assert_harmless(playground.results)
