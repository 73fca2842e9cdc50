"""The send panel: a form that makes a payload, shows who would get it, and sends it."""

import math
from typing import Any

import pytest
from event_collector_widgets import SendPanel, Workbench, failing

from event_collector import Context, Delivery, Payload, QueueType, Result, ResultList, Router
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    double,
    eventually,
    failed,
    from_another_thread,
    run_cell,
    text,
)


async def weather(bench: Workbench) -> SendPanel:
    """A panel over three collectors, the last without a topic."""
    await bench.put(collector("seattle", topics=["temperature", "rain"]))
    await bench.put(collector("portland", topics=["temperature"]))
    await bench.put(collector("audit"))
    return SendPanel(bench)


async def sent(panel: SendPanel) -> Payload[Any]:
    """Click on Send; return the payload that the queue got."""
    before = panel.bench.metrics().accepted
    panel.send_button.click()
    await eventually(lambda: panel.bench.metrics().accepted > before)
    return panel.bench.history.latest(1)[0].payload


@in_loop
async def test_a_broadcast_reaches_everyone() -> None:
    """By a click: the JSON of the field is the value, and the outcome is told in a line."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.text.value = '[1, "a", null]'
        assert await sent(panel) == Payload([1, "a", None])
        await settle()
        assert text(panel.status) == (
            "event 1: seattle: Ok([1, 'a', None, 1, 'a', None]), "
            "portland: Ok([1, 'a', None, 1, 'a', None]), audit: Ok([1, 'a', None, 1, 'a', None])"
        )


@in_loop
async def test_keys_and_topics_are_offered_from_the_live_collectors() -> None:
    """Issue 3: what comes and goes is offered or not; what is chosen stays, if it can."""
    async with a_bench() as bench:
        panel = await weather(bench)
        assert panel.key_choice.options == ("seattle", "portland", "audit")
        assert panel.topic_choice.options == ("rain", "temperature")
        panel.key_choice.value = ("seattle", "audit")
        await bench.remove("audit")
        await bench.put(collector("tacoma", topics=["fog"]))
        panel.refresh()
        assert panel.key_choice.options == ("seattle", "portland", "tacoma")
        assert panel.key_choice.value == ("seattle",)
        assert panel.topic_choice.options == ("fog", "rain", "temperature")


@in_loop
async def test_each_mode_sends_by_what_was_chosen_and_typed() -> None:
    """D: keys go with KEY alone, topics with TOPIC alone; others may be typed beside them."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.text.value = "1"
        panel.key_choice.value, panel.topic_choice.value = ("portland",), ("rain",)
        panel.others.value = "x, portland, y"
        panel.delivery.value = Delivery.KEY
        assert await sent(panel) == Payload(1, Delivery.KEY, keys=["portland", "x", "y"])
        panel.delivery.value = Delivery.TOPIC
        assert await sent(panel) == Payload(
            1, Delivery.TOPIC, topics=["rain", "x", "portland", "y"]
        )
        panel.delivery.value = Delivery.BROADCAST
        assert await sent(panel) == Payload(1)


@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@in_loop
async def test_only_the_fields_of_the_mode_are_seen(mode: Delivery) -> None:
    """A broadcast needs no names, KEY no topics, TOPIC no keys."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.delivery.value = mode
        await settle()
        fields = (panel.key_choice, panel.topic_choice, panel.others)
        seen = [field.layout.display != "none" for field in fields]
        assert seen == [
            mode is Delivery.KEY,
            mode is Delivery.TOPIC,
            mode is not Delivery.BROADCAST,
        ]
        assert panel.variable.layout.display == "none"


@in_loop
async def test_a_variable_of_the_notebook_is_sent_itself() -> None:
    """Issue 3: the very object, and only what is a value is offered."""
    reading = {"temp": 39.4}
    namespace = {"reading": reading, "_private": 1, "double": double, "math": math, "type": int}
    async with a_bench(namespace=namespace) as bench:
        panel = await weather(bench)
        panel.source.value = "variable"
        await settle()
        assert panel.variable.options == ("reading",)
        assert panel.text.layout.display == "none"
        assert (await sent(panel)).value is reading


@in_loop
async def test_without_a_variable_there_is_nothing_to_send() -> None:
    """An empty notebook has no variable, and the panel says so before and after a click."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.source.value = "variable"
        await settle()
        assert text(panel.preview) == "the notebook has no variable to send yet"
        panel.send_button.click()
        await settle()
        assert text(panel.status) == "ValueError: the notebook has no variable to send yet"
        assert bench.metrics().accepted == 0


@in_loop
async def test_a_priority_orders_what_is_queued() -> None:
    """E, decision 20: the payload with the lowest number is taken first; empty is the default."""
    gate = Gate()
    async with a_bench(queue_type=QueueType.PRIORITY, max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        panel = SendPanel(bench)
        for value, priority in [("0", ""), ("1", ""), ("2", " 5 "), ("3", "-1")]:
            panel.text.value, panel.priority.value = value, priority
            panel.send_button.click()
            await settle()
        gate.open()
        await bench.publisher.wait()
        assert gate.begun == [0, 3, 2, 1]
        assert [event.payload.priority for event in bench.history] == [None, None, 5, -1]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("text", "{'a': 1}", "the value is not JSON: Expecting property name"),
        ("text", "", "the value is not JSON: Expecting value at line 1, column 1"),
        ("text", "NaN", "the value is not JSON"),
        ("text", "1e400", "the value is not JSON"),
        ("text", "[" * 100_000, "the value is not JSON"),
        ("priority", "high", "priority must be a whole number, got 'high'"),
        ("priority", "1.5", "priority must be a whole number, got '1.5'"),
    ],
)
@in_loop
async def test_a_wrong_entry_is_told_before_and_after_a_click(
    field: str, typed: str, said: str
) -> None:
    """Decision 24: nothing is sent, and the message says what is wrong."""
    async with a_bench() as bench:
        panel = await weather(bench)
        getattr(panel, field).value = typed
        await settle()
        assert said in text(panel.preview) + text(panel.status)
        panel.send_button.click()
        await settle()
        assert failed(panel)
        assert said in text(panel.status)
        assert bench.metrics().accepted == 0
        assert_harmless(panel)


@in_loop
async def test_a_refresh_leaves_a_wrong_entry_alone() -> None:
    """The workbench's notices come while the user types, and raise nothing."""
    async with a_bench() as bench:
        panel = await weather(bench)
        for panel.text.value in ("[", "NaN", "[" * 100_000):
            panel.refresh()


@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@in_loop
async def test_the_preview_says_what_the_router_would_do(mode: Delivery) -> None:
    """Issue 3: a line for every collector, as `explain` has it, before anything is sent."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.key_choice.value, panel.topic_choice.value = ("audit",), ("rain",)
        panel.delivery.value = mode
        await settle()
        explained = bench.explain(panel.payload())
        assert explained is not None
        said = " ".join(text(panel.preview).split())
        assert said.startswith(f"would reach {sum(each.receives for each in explained)} of 3")
        assert [f"{each.key} {each.reason}" in said for each in explained] == [True] * 3
        assert panel.preview.value.count("ec-yes") == sum(each.receives for each in explained)
        assert bench.metrics().accepted == 0


class Secretive(Router):
    """Tells nobody beforehand."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        return await self.dispatch(payload, self.collectors.values())


@in_loop
async def test_a_custom_router_decides_later_and_the_preview_says_so() -> None:
    """Decision 27: such a router cannot be asked."""
    async with a_bench(router=Secretive) as bench:
        panel = await weather(bench)
        assert text(panel.preview) == "Secretive decides when the payload is taken"


@in_loop
async def test_the_form_keeps_its_contents_after_a_send() -> None:
    """Issue 3: the same once more is one click."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.text.value, panel.delivery.value = "7", Delivery.TOPIC
        panel.topic_choice.value, panel.others.value = ("rain",), "fog"
        panel.priority.value = "3"
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
        panel.text.value = f'"{NASTY.replace(chr(34), "")}"'
        await panel.send()
        assert text(panel.status).startswith("event 1: bad: Error(ValueError: cannot process")
        assert_harmless(panel)
        panel.delivery.value = Delivery.KEY
        await panel.send()
        assert text(panel.status) == "event 2 reached nobody: Ok(None)"


@in_loop
async def test_while_the_results_are_awaited_it_says_that_it_was_sent() -> None:
    """The latest click counts: an older event that ends later does not take its line."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        panel = SendPanel(bench)
        for panel.text.value in ("1", "2"):
            panel.send_button.click()
            await settle()
        assert text(panel.status) == "event 2 sent"
        gate.let_go(2)
        await settle()
        assert text(panel.status) == "event 2: x: Ok(2)"
        gate.let_go(1)
        await bench.publisher.wait()
        await settle()
        assert text(panel.status) == "event 2: x: Ok(2)"


@in_loop
async def test_a_click_from_another_thread_sends() -> None:
    """Decision 9: a plain send there would be refused; the click goes through the owner's loop."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.text.value = "2"
        await from_another_thread(panel.send_button.click)
        await eventually(lambda: text(panel.status).startswith("event 1: seattle: Ok(4)"))


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
        assert text(panel.status) == f"{interrupt.__name__}: stop"


@pytest.mark.parametrize("source", ["JSON", "variable"])
@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@pytest.mark.parametrize("priority", ["", "-2"])
@in_loop
async def test_the_code_does_what_the_button_does(
    source: str, mode: Delivery, priority: str
) -> None:
    """The line under the button is valid in a cell, and sends an equal payload."""
    reading = {"it's": [1.5, True, None, 'a "b"\n']}
    async with a_bench(namespace={"reading": reading}) as bench:
        panel = await weather(bench)
        panel.source.value, panel.delivery.value = source, mode
        panel.text.value = r'{"it\u0027s": [1.5, true, null, "a \"b\"\n"]}'
        panel.key_choice.value, panel.topic_choice.value = ("audit",), ("rain",)
        panel.others.value, panel.priority.value = "it's", priority
        by_click = await sent(panel)
        await settle()
        assert text(panel.code_line) == panel.code()
        await run_cell(panel.code(), bench=bench, reading=reading)
        by_code = bench.history.latest(1)[0]
        assert (by_code.id, by_code.payload) == (2, by_click)


@in_loop
async def test_typed_text_is_never_executed() -> None:
    """Issue 3: no field is Python; what is not JSON is refused, and names are names."""
    typed = "'); raise SystemExit('run') #"
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.text.value = "__import__('sys').exit()"
        panel.send_button.click()
        await settle()
        assert "the value is not JSON" in text(panel.status)
        panel.text.value, panel.others.value = f'"{typed}"', typed
        panel.delivery.value = Delivery.KEY
        payload = await sent(panel)
        assert (payload.value, payload.keys) == (typed, [typed])
        await run_cell(panel.code(), bench=bench)
        assert bench.history.latest(1)[0].payload == payload
