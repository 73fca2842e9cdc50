"""The send panel: what a click sends, and what is said of what became of it."""

from typing import Any

import pytest
from event_collector_widgets import SendPanel, failing

from event_collector import Context, Delivery, Payload, QueueType, Result
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    eventually,
    everything_in,
    from_another_thread,
    run_cell,
)
from tests.widgets.panels.send.sending import choose, sent, weather


@in_loop
async def test_the_form_keeps_its_contents_after_a_send() -> None:
    """Issue 3: the same once more is one click."""
    async with a_bench(queue_type=QueueType.PRIORITY) as bench:
        panel = await weather(bench)
        panel.value.text.value = "7"
        panel.names.others.value, panel.names.priority.value = "fog", "3"
        await choose(panel, Delivery.TOPIC, "rain")
        first = await sent(panel)
        panel.refresh()
        assert await sent(panel) == first
        assert first == Payload(7, Delivery.TOPIC, topics=["rain", "fog"], priority=3)


@in_loop
async def test_the_outcome_tells_an_error_and_that_nobody_got_it() -> None:
    """Decisions 13, 14: an Error is an outcome like any other; undelivered is said."""
    async with a_bench() as bench:
        await bench.put(collector("bad", failing))
        panel = SendPanel(bench)
        panel.value.text.value = f'"{NASTY.replace(chr(34), "")}"'
        await panel.send()
        assert panel.status.text.startswith("event 1: bad: Error(ValueError: cannot process")
        assert_harmless(panel)
        panel.names.delivery.value = Delivery.KEY
        panel.names.others.value = "gone"
        await panel.send()
        assert panel.status.text == "event 2 reached nobody: Ok(None)"


@in_loop
async def test_the_outcome_of_many_collectors_is_one_line() -> None:
    """Fault 7: counts, and the first of those with an Error by name."""
    async with a_bench() as bench:
        for number in range(26):
            await bench.put(collector(f"c{number}"))
        for key in ("audit", "billing"):
            await bench.put(collector(key, failing))
        panel = SendPanel(bench)
        await panel.send()
        assert panel.status.text == "event 1: 28 errors: c0, c1, c2, c3, c4 and 23 more"
        panel.value.text.value = "1"
        await panel.send()
        assert panel.status.text == "event 2: 26 Ok, 2 errors: audit, billing"


@in_loop
async def test_while_the_results_are_awaited_it_says_that_it_was_sent() -> None:
    """The latest click counts: an older event that ends later does not take its line."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        panel = SendPanel(bench)
        for panel.value.text.value in ("1", "2"):
            panel.send_button.click()
            await settle()
        assert panel.status.text == "event 2 sent"
        gate.let_go(2)
        await settle()
        assert panel.status.text == "event 2: x: Ok(2)"
        gate.let_go(1)
        await bench.publisher.wait()
        await settle()
        assert panel.status.text == "event 2: x: Ok(2)"


@in_loop
async def test_a_click_from_another_thread_sends() -> None:
    """Decision 9: a plain send there would be refused; the click goes through the owner's loop."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.value.text.value = "2"
        await from_another_thread(panel.send_button.click)
        await eventually(lambda: panel.status.text.startswith("event 1: seattle: Ok(4)"))


@in_loop
async def test_a_click_on_a_closed_workbench_says_so() -> None:
    """Nothing is lost in silence."""
    async with a_bench() as bench:
        panel = await weather(bench)
        await bench.close()
        panel.send_button.click()
        await settle()
        assert panel.status.text.startswith("the queue was closed with its")


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
@in_loop
async def test_an_interrupt_reaches_who_clicked(interrupt: type[BaseException]) -> None:
    """Decision 15: it is shown in the panel, and the loop goes on."""

    async def stop(payload: Payload[Any], ctx: Context) -> Result:
        raise interrupt("stop")

    async with a_bench() as bench:
        await bench.put(collector("x", stop))
        panel = SendPanel(bench)
        await sent(panel)
        await settle()
        assert panel.status.text == f"{interrupt.__name__}: stop"


@pytest.mark.parametrize("source", ["JSON", "variable"])
@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@pytest.mark.parametrize("priority", ["", "-2"])
@pytest.mark.parametrize("copies", [1, 3])
@in_loop
async def test_the_code_does_what_the_button_does(
    source: str, mode: Delivery, priority: str, copies: int
) -> None:
    """The line under the button is valid in a cell, and sends equal payloads."""
    reading = {"it's": [1.5, True, None, 'a "b"\n']}
    async with a_bench(namespace={"reading": reading}, queue_type=QueueType.PRIORITY) as bench:
        panel = await weather(bench)
        panel.value.source.value = source
        await settle()
        if source == "variable":
            panel.value.menu.value = "reading"
        panel.value.text.value = r'{"it\u0027s": [1.5, true, null, "a \"b\"\n"]}'
        panel.names.others.value, panel.names.priority.value = "it's", priority
        panel.copies.value = str(copies)
        names = {Delivery.KEY: ["audit"], Delivery.TOPIC: ["rain"]}.get(mode, [])
        await choose(panel, mode, *names)
        await panel.send()
        assert panel.code_line.code == panel.code() != ""
        await run_cell(panel.code(), bench=bench, reading=reading)
        sent = [event.payload for event in bench.history]
        assert len(sent) == 2 * copies
        assert sent[:copies] == sent[copies:]


@in_loop
async def test_typed_text_is_never_executed() -> None:
    """Issue 3: no field is Python; what is not JSON is refused, and names are names."""
    typed = "'); raise SystemExit('run') #"
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.value.text.value = "__import__('sys').exit()"
        panel.send_button.click()
        await settle()
        assert "the value is not JSON" in panel.status.text
        panel.value.text.value, panel.names.others.value = f'"{typed}"', typed
        panel.names.delivery.value = Delivery.KEY
        payload = await sent(panel)
        assert (payload.value, payload.keys) == (typed, [typed])
        await run_cell(panel.code(), bench=bench)
        assert bench.history.latest(1)[0].payload == payload


@in_loop
async def test_half_a_pair_of_surrogates_reaches_no_page() -> None:
    """Such a text is JSON and Python's, but no message to the browser can hold it."""
    async with a_bench() as bench:
        await bench.put(collector("\ud800"))
        panel = SendPanel(bench)
        panel.value.text.value = r'"\ud83d"'
        await choose(panel, Delivery.KEY, "\ud800")
        payload = await sent(panel)
        assert (payload.value, payload.keys) == ("\ud83d", ["\ud800"])
        await settle()
        for each in everything_in(panel):
            for name, value in each.get_state().items():
                assert "\\ud" not in ascii(value) or repr(value).isprintable(), name
                repr(value).encode()
        shown = [panel.preview.value, panel.code_line.code, panel.status.text]
        assert all(each.encode() for each in shown)


@in_loop
async def test_the_panel_has_a_small_fixed_set_of_widgets() -> None:
    """Notebook notes: 25 at most, whatever is chosen."""
    async with a_bench(namespace={"rows": [{"a": 1}, {"a": 2}]}) as bench:
        panel = await weather(bench)
        before = everything_in(panel)
        assert len(before) <= 25
        for panel.value.source.value in ("variable", "table", "JSON"):
            await settle()
        assert everything_in(panel) == before


@in_loop
async def test_where_nothing_changed_nothing_is_sent_to_the_page() -> None:
    """Issue 13: no message at a repaint that has nothing new to show."""
    async with a_bench(namespace={"rows": [{"a": 1}, {"a": 2}]}) as bench:
        panel = await weather(bench)
        for source in ("JSON", "variable", "table"):
            panel.value.source.value = source
            await choose(panel, Delivery.TOPIC, "rain")
            changes: list[Any] = []
            for each in everything_in(panel):
                each.observe(changes.append)
            panel.refresh()
            assert changes == []
            for each in everything_in(panel):
                each.unobserve(changes.append)
