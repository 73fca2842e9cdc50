"""The send panel: a form that makes a payload, shows who would get it, and sends it."""

import math
from typing import Any

import pytest
from event_collector_widgets import SendPanel, Workbench
from event_collector_widgets.panels.send.reach import MOST_NAMES

from event_collector import Delivery, Payload, QueueType, ResultList, Router
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import (
    a_bench,
    assert_harmless,
    collector,
    double,
    text,
)
from tests.widgets.panels.send.sending import choose, offered, sent, weather


@in_loop
async def test_a_broadcast_reaches_everyone() -> None:
    """By a click: the JSON of the field is the value, and the outcome is told in a line."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.value.text.value = "[1, null]"
        assert await sent(panel) == Payload([1, None])
        await settle()
        assert panel.status.text == (
            "event 1: seattle: Ok([1, None, 1, None]), portland: Ok([1, None, 1, None]), "
            "audit: Ok([1, None, 1, None])"
        )


@in_loop
async def test_keys_and_topics_are_offered_from_the_live_collectors() -> None:
    """Issue 13: what comes is offered; what is chosen and gone stays, and says so."""
    async with a_bench() as bench:
        panel = await weather(bench)
        await choose(panel, Delivery.KEY, "seattle", "audit")
        assert offered(panel.names.names) == ["seattle", "portland", "audit"]
        await bench.remove("audit")
        await bench.put(collector("tacoma", topics=["fog"]))
        panel.refresh()
        assert offered(panel.names.names) == ["seattle", "portland", "tacoma", "audit"]
        assert panel.names.names.options[-1][0] == "audit (not there)"
        assert panel.payload() == Payload(
            panel.payload().value, Delivery.KEY, keys=["seattle", "audit"]
        )
        await choose(panel, Delivery.TOPIC, "fog")
        assert offered(panel.names.names) == ["fog", "rain", "temperature"]
        await choose(panel, Delivery.KEY)
        assert panel.names.names.value == ("seattle", "audit")
        await bench.put(collector("audit"))
        panel.refresh()
        assert panel.names.names.options[-1] == ("audit", "audit")
        assert panel.names.names.value == ("seattle", "audit")


@in_loop
async def test_each_mode_sends_by_what_was_chosen_and_typed() -> None:
    """D: keys go with KEY alone, topics with TOPIC alone; others may be typed beside them."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.value.text.value = "1"
        panel.names.others.value = "x, portland, y"
        await choose(panel, Delivery.KEY, "portland")
        assert await sent(panel) == Payload(1, Delivery.KEY, keys=["portland", "x", "y"])
        await choose(panel, Delivery.TOPIC, "rain")
        topics = ["rain", "x", "portland", "y"]
        assert await sent(panel) == Payload(1, Delivery.TOPIC, topics=topics)
        panel.names.delivery.value = Delivery.BROADCAST
        assert await sent(panel) == Payload(1)


@in_loop
async def test_a_payload_is_right_at_once_after_the_delivery_was_changed() -> None:
    """Before the loop has had its turn: keys are not taken for topics, nor the other way."""
    async with a_bench() as bench:
        panel = await weather(bench)
        await choose(panel, Delivery.KEY, "audit")
        panel.names.delivery.value = Delivery.TOPIC
        assert panel.payload().topics == []
        panel.names.delivery.value = Delivery.KEY
        assert panel.payload().keys == ["audit"]


@in_loop
async def test_a_name_with_a_comma_can_be_chosen() -> None:
    """Fault 15: only typed names are split at commas, and the field says so."""
    async with a_bench() as bench:
        await bench.put(collector("a, b"))
        panel = SendPanel(bench)
        await choose(panel, Delivery.KEY, "a, b")
        assert (await sent(panel)).keys == ["a, b"]
        assert (
            panel.names.others.placeholder
            == "other keys, after commas; Ctrl-click above for several"
        )


@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@in_loop
async def test_only_the_fields_of_the_mode_are_seen(mode: Delivery) -> None:
    """A broadcast needs no names, KEY no topics, TOPIC no keys."""
    async with a_bench() as bench:
        panel = await weather(bench)
        await choose(panel, mode)
        names = panel.names
        seen = [field.layout.display != "none" for field in (names.names, names.others)]
        assert seen == [mode is not Delivery.BROADCAST] * 2
        if mode is not Delivery.BROADCAST:
            assert names.names.description == {"key": "keys", "topic": "topics"}[mode.value]
        hidden = [panel.value.menu, panel.value.upload, names.keys_column, names.topics_column]
        assert all(field.layout.display == "none" for field in hidden)


@in_loop
async def test_a_variable_of_the_notebook_is_sent_itself() -> None:
    """Issue 3: the very object, and only what is a value is offered."""
    reading = {"temp": 39.4}
    namespace = {"reading": reading, "_private": 1, "double": double, "math": math, "type": int}
    async with a_bench(namespace=namespace) as bench:
        panel = await weather(bench)
        panel.value.source.value = "variable"
        await settle()
        assert panel.value.menu.options == (("choose one", ""), ("reading (dict)", "reading"))
        assert panel.value.menu.value == ""
        assert panel.value.text.layout.display == "none"
        panel.value.menu.value = "reading"
        assert (await sent(panel)).value is reading


@in_loop
async def test_a_chosen_variable_that_is_gone_is_told_and_comes_back() -> None:
    """The menu keeps it; nothing else is sent in its place."""
    namespace: dict[str, Any] = {"a": 1, "b": 2}
    async with a_bench(namespace=namespace) as bench:
        panel = SendPanel(bench)
        panel.value.source.value = "variable"
        await settle()
        panel.value.menu.value = "b"
        del namespace["b"]
        panel.refresh()
        assert panel.value.menu.options[-1] == ("b (not there)", "b")
        with pytest.raises(ValueError, match="b is not there any more; choose another variable"):
            await panel.send()
        namespace["b"] = 3
        panel.refresh()
        assert panel.payload().value == 3


@in_loop
async def test_without_a_variable_there_is_nothing_to_send() -> None:
    """An empty notebook has no variable, and the panel says so before and after a click."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.value.source.value = "variable"
        await settle()
        assert text(panel.preview) == "the notebook has no variable to send yet"
        assert panel.value.menu.label == "none yet"
        panel.send_button.click()
        await settle()
        assert panel.status.text == "the notebook has no variable to send yet"
        assert bench.metrics().accepted == 0


@in_loop
async def test_a_priority_orders_what_is_queued() -> None:
    """E, decision 20: the payload with the lowest number is taken first; empty is the default."""
    gate = Gate()
    async with a_bench(queue_type=QueueType.PRIORITY, max_consumers=1) as bench:
        await bench.put(collector("x", gate))
        panel = SendPanel(bench)
        for value, priority in [("0", ""), ("1", ""), ("2", " 5 "), ("3", "-1")]:
            panel.value.text.value, panel.names.priority.value = value, priority
            panel.send_button.click()
            await settle()
        gate.open()
        await bench.publisher.wait()
        assert gate.begun == [0, 3, 2, 1]
        assert [event.payload.priority for event in bench.history] == [None, None, 5, -1]


@pytest.mark.parametrize("kind", list(QueueType), ids=lambda kind: kind.name)
@in_loop
async def test_a_priority_is_offered_where_it_has_an_effect(kind: QueueType) -> None:
    """Fault 14: elsewhere the field is not seen, and what was typed is neither sent nor code."""
    async with a_bench(queue_type=kind) as bench:
        panel = SendPanel(bench)
        panel.names.priority.value = "5"
        await settle()
        has_effect = kind is QueueType.PRIORITY
        assert (panel.names.priority.layout.display != "none") is has_effect
        assert ("priority=5" in panel.code()) is has_effect
        assert panel.payload().priority == (5 if has_effect else None)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("text", "{'a': 1}", "the value is not JSON: a name in double quotes is missing at line 1"),
        ("text", "", 'the value is empty; write JSON, such as 42 or "cold"'),
        ("text", '{\n "a": NaN}', "the value is not JSON: NaN at line 2, column 7"),
        ("text", "1e400", "the value is not JSON: a number at line 1, column 1 is too large"),
        ("text", "[" * 100_000, "it is nested too deeply"),
        ("priority", "high", "priority must be a whole number, or the field empty, got 'high'"),
        ("priority", "1.5", "priority must be a whole number, or the field empty, got '1.5'"),
    ],
)
@in_loop
async def test_a_wrong_entry_is_told_before_and_after_a_click(
    field: str, typed: str, said: str
) -> None:
    """Decision 24: nothing is sent, and the message says what is wrong, and where."""
    async with a_bench(queue_type=QueueType.PRIORITY) as bench:
        panel = await weather(bench)
        fields = {"text": panel.value.text, "priority": panel.names.priority}
        fields[field].value = typed
        await settle()
        assert said in text(panel.preview)
        assert panel.send_button.disabled
        panel.send_button.click()
        await settle()
        assert panel.status.kind == "error"
        assert said in panel.status.text
        assert bench.metrics().accepted == 0
        assert panel.code_line.code == ""
        assert_harmless(panel)


@in_loop
async def test_a_refresh_leaves_a_wrong_entry_alone() -> None:
    """The workbench's notices come while the user types, and raise nothing."""
    async with a_bench() as bench:
        panel = await weather(bench)
        for panel.value.text.value in ("[", "NaN", "[" * 100_000):
            panel.refresh()


@pytest.mark.parametrize("mode", list(Delivery), ids=lambda mode: mode.value)
@in_loop
async def test_the_preview_says_what_the_router_would_do(mode: Delivery) -> None:
    """Issue 13: those who get it first, then why the others do not, before anything is sent."""
    async with a_bench() as bench:
        panel = await weather(bench)
        names = {Delivery.KEY: ["audit"], Delivery.TOPIC: ["rain"]}.get(mode, [])
        await choose(panel, mode, *names)
        explained = bench.explain(panel.payload())
        assert explained is not None
        said = " ".join(text(panel.preview).split())
        assert said.startswith(f"would reach {sum(each.receives for each in explained)} of 3")
        in_order = sorted(explained, key=lambda each: not each.receives)
        places = [said.index(f"{each.key} {each.reason}") for each in in_order]
        assert places == sorted(places)
        assert panel.preview.value.count("ec-yes") == sum(each.receives for each in explained)
        assert bench.metrics().accepted == 0


@in_loop
async def test_the_one_of_many_who_gets_it_stands_first() -> None:
    """Fault 6: 5,000 collectors, and the list is short; the others are counted by their reason."""
    async with a_bench() as bench:
        for number in range(5_000):
            await bench.put(collector(f"c{number}"))
        panel = SendPanel(bench)
        await choose(panel, Delivery.KEY, "c4321")
        said = " ".join(text(panel.preview).split())
        assert said.startswith("would reach 1 of 5,000 c4321 key is among ['c4321'] c0 key is not")
        assert said.endswith("and 4,950 more do not: key is not among ['c4321']")
        assert panel.preview.value.count("<li") == 51


@in_loop
async def test_many_collectors_are_explained_once_and_not_at_each_repaint() -> None:
    """A repaint asks the router only when the collectors or the form have changed."""
    asked = 0

    class Counted(Workbench):
        def explain(self, payload: Payload[Any]) -> Any:
            nonlocal asked
            asked += 1
            return super().explain(payload)

    bench = Counted("counted", namespace={})
    panel = await weather(bench)
    await settle()
    before = asked
    for _ in range(5):
        panel.refresh()
    assert asked == before
    await bench.put(collector("new"))
    panel.refresh()
    assert asked == before + 1
    assert "new" in text(panel.preview)
    await bench.close()


@in_loop
async def test_for_very_many_names_who_gets_it_is_not_worked_out() -> None:
    """The reasons would name them all, for each collector."""
    async with a_bench() as bench:
        panel = await weather(bench)
        panel.names.others.value = ",".join(f"k{number}" for number in range(MOST_NAMES + 1))
        await choose(panel, Delivery.KEY)
        assert text(panel.preview) == "for 101 keys: who they are is not shown"


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
