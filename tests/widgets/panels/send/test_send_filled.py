"""The send panel filled from elsewhere: an earlier payload, a template; a workbench made again."""

import datetime
from typing import Any

import pandas as pd
import pytest
from event_collector_widgets import SendPanel, Workbench

from event_collector import Context, Delivery, Ok, Payload, QueueType, Result
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import NASTY, a_bench, assert_harmless, collector, eventually, run_cell
from tests.widgets.panels.send.sending import buttons, press


async def echo(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(payload.value)


PAYLOADS = [
    Payload({"temp": 39.4, "ok": True, "none": None, "text": 'a "b"\n\u2028ü'}),
    Payload([1, [2.5]], Delivery.KEY, keys=["audit", "a, b", " spaced "]),
    Payload("cold", Delivery.TOPIC, topics=["rain", "fog"], priority=-3),
    Payload(NASTY, Delivery.KEY, keys=["gone"]),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda each: each.delivery.value)
@in_loop
async def test_a_payload_of_json_is_filled_in_to_be_changed(payload: Payload[Any]) -> None:
    """Issue 13, edit and resend: value, delivery, names and priority; unchanged it is the same."""
    async with a_bench(queue_type=QueueType.PRIORITY) as bench:
        await bench.put(collector("audit", topics=["rain"]))
        panel = SendPanel(bench)
        panel.names.others.value, panel.copies.value = "typed", "3"
        panel.fill(payload, 12)
        assert panel.value.source.value == "JSON"
        assert panel.payload() == payload
        assert panel.status.text == "event 12 is in the form; change it, and Send"
        await settle()
        assert panel.payload() == payload
        await panel.send()
        assert bench.history.latest(1)[0].payload == payload
        assert_harmless(panel)


@in_loop
async def test_names_that_no_collector_has_are_marked() -> None:
    """They are chosen in the menu, so that a comma in one splits nothing."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.fill(Payload(1, Delivery.KEY, keys=["a, b"]))
        assert panel.names.names.options == (("a, b (not there)", "a, b"),)
        await bench.put(collector("a, b"))
        panel.refresh()
        assert panel.names.names.options == (("a, b", "a, b"),)
        assert panel.payload().keys == ["a, b"]


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: "a"}, float("nan"), datetime.date(2026, 1, 1), {"a": {2}}, "x" * 300_000],
    ids=["tuple", "key", "nan", "date", "set", "long"],
)
@in_loop
async def test_a_value_that_is_not_json_is_kept_as_the_object(value: Any) -> None:
    """It is a source of its own, with code that finds the event, and stays until another is."""
    async with a_bench() as bench:
        await bench.put(collector("x", echo))
        event = await bench.send(Payload(value, Delivery.KEY, keys=["x"]))
        panel = SendPanel(bench)
        panel.fill(event.payload, event.id)
        assert panel.value.source.options == ("JSON", "variable", "table", "event 1")
        assert panel.value.source.value == "event 1"
        assert panel.status.text == (
            "event 1 is in the form; its value cannot be typed as JSON, so it is sent as the "
            "object that it is; change it, and Send"
        )
        assert panel.payload().value is value
        await run_cell(panel.code(), bench=bench)
        assert bench.history.latest(1)[0].payload.value is value
        panel.value.source.value = "JSON"
        panel.refresh()
        panel.value.source.value = "event 1"
        assert panel.payload().value is value


@in_loop
async def test_a_value_that_a_variable_holds_is_found_there() -> None:
    """A DataFrame cannot be typed, but the notebook has a name for it."""
    frame = pd.DataFrame({"a": [1, 2]})
    async with a_bench(namespace={"a": 1, "frame": frame}) as bench:
        panel = SendPanel(bench)
        panel.fill(Payload(frame), 3)
        assert (panel.value.source.value, panel.value.menu.value) == ("variable", "frame")
        assert panel.payload().value is frame


@in_loop
async def test_what_the_form_cannot_say_is_told() -> None:
    """Keys beside a broadcast, which a custom router may read."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.fill(Payload(1, Delivery.BROADCAST, keys=["a"], topics=["t"]))
        assert panel.status.text == (
            "payload is in the form; its keys and topics are left out: it is a broadcast; "
            "change it, and Send"
        )


@in_loop
async def test_a_template_is_saved_used_and_deleted() -> None:
    """Issue 13: by clicks; its code in a cell keeps it in the notebook."""
    async with a_bench() as bench:
        await bench.put(collector("audit"))
        panel = SendPanel(bench)
        panel.value.text.value = '{"temp": -12}'
        panel.names.delivery.value = Delivery.KEY
        await settle()
        panel.names.names.value = ("audit",)
        panel.templates.name.value = "cold"
        press(panel, "save")
        await eventually(lambda: "cold" in bench.templates)
        cold = Payload({"temp": -12}, Delivery.KEY, keys=["audit"])
        assert bench.templates == {"cold": cold}
        assert panel.status.text.startswith("saved template 'cold'; to keep it in the notebook")
        code = panel.code_line.code
        panel.value.text.value = '{"temp": -13}'  # from now on the code below sends
        await eventually(lambda: "-13" in panel.code_line.code)
        assert panel.status.text == ""
        panel.value.text.value = '{"temp": -12}'
        await eventually(lambda: "-12" in panel.code_line.code)
        await panel.send()
        assert panel.code_line.code == panel.code() != code
        bench.templates.clear()
        await run_cell(code, bench=bench)
        assert bench.templates == {"cold": cold}
        panel.refresh()
        panel.value.text.value, panel.names.delivery.value = "1", Delivery.BROADCAST
        panel.templates.menu.value = ""
        await settle()
        assert panel.payload() == Payload(1)
        panel.templates.menu.value = "cold"
        await settle()
        assert panel.payload() == cold
        await panel.delete_template()
        await eventually(lambda: bench.templates == {})
        await settle()
        assert panel.status.text == "deleted template 'cold'"
        assert panel.payload() == cold
        assert buttons(panel) == ["Save"]


@in_loop
async def test_what_was_typed_survives_while_a_template_stands_in_the_menu() -> None:
    """It is put into the form once, when it is chosen, and not at each repaint."""
    async with a_bench() as bench:
        bench.templates["cold"] = Payload(-12)
        panel = SendPanel(bench)
        panel.templates.menu.value = "cold"
        await settle()
        panel.value.text.value = "7"
        bench.templates["warm"] = Payload(30)
        panel.refresh()
        await settle()
        assert panel.payload().value == 7


@pytest.mark.parametrize("change", ["value", "names", "delivery", "source"])
@in_loop
async def test_a_template_is_not_named_once_the_form_says_something_else(change: str) -> None:
    """It can be chosen again then, and puts back what was changed."""
    async with a_bench(namespace={"x": 1}) as bench:
        await bench.put(collector("audit"))
        cold = bench.templates["cold"] = Payload(-12, Delivery.KEY, keys=["audit", "gone"])
        panel = SendPanel(bench)
        for _ in range(2):
            panel.templates.menu.value = "cold"
            await settle()
            assert panel.payload() == cold
            panel.copies.value = "3"  # not of the payload
            await settle()
            assert panel.templates.menu.value == "cold"
            assert buttons(panel) == ["Save", "Delete"]
            match change:
                case "value":
                    panel.value.text.value = "-13"
                case "names":
                    panel.names.names.value = ("audit",)
                case "delivery":
                    panel.names.delivery.value = Delivery.BROADCAST
                case "source":
                    panel.value.source.value = "variable"
            await settle()
            assert panel.templates.menu.value == ""
            assert buttons(panel) == ["Save"]


@in_loop
async def test_a_saved_template_is_named_until_the_form_says_something_else() -> None:
    async with a_bench() as bench:
        panel = SendPanel(bench)
        panel.value.text.value, panel.templates.name.value = "-12", "cold"
        await settle()
        await panel.save_template()
        await settle()
        assert panel.templates.menu.value == "cold"
        panel.value.text.value = "7"
        await settle()
        assert panel.templates.menu.value == ""
        panel.templates.menu.value = "cold"
        await settle()
        assert panel.payload().value == -12


@in_loop
async def test_a_template_needs_a_name_and_one_payload() -> None:
    """Else it is refused, and says what to do."""
    async with a_bench(namespace={"rows": [{"a": 1}]}) as bench:
        panel = SendPanel(bench)
        with pytest.raises(ValueError, match=r"type a name in .save as"):
            await panel.save_template()
        with pytest.raises(ValueError, match="choose a template first"):
            await panel.delete_template()
        panel.templates.name.value = "x"
        panel.value.source.value = "table"
        with pytest.raises(ValueError, match="a template is one payload; choose JSON or a var"):
            await panel.save_template()
        assert bench.templates == {}


@in_loop
async def test_a_workbench_made_again_keeps_the_templates_and_what_was_typed() -> None:
    """What cannot be taken over says so: the value of an event, and what is being sent."""
    gate = Gate()
    namespace: dict[str, Any] = {"rows": list(range(50))}
    first = Workbench("again", namespace=namespace, max_queued=5, max_consumers=1)
    await first.put(collector("x", gate))
    first.templates["cold"] = Payload(-12)
    panel = SendPanel(first)
    panel.fill(Payload((1, 2), Delivery.KEY, keys=["x"]), 1)
    panel.value.source.value = "table"
    await settle()
    panel.value.menu.value = "rows"
    panel.send_button.click()
    await eventually(lambda: first.metrics().accepted == 6)
    panel.refresh()
    gate.open()
    second = Workbench("again", namespace=namespace)
    await second.ready()
    await settle()
    assert panel.bench is second
    accepted = first.metrics().accepted
    assert panel.status.text == (
        "the workbench was made again: of 50 payloads "
        f"{accepted} were sent; the value of event 1 went with it"
    )
    assert panel.value.source.options == ("JSON", "variable", "table")
    assert panel.names.names.options == (("x (not there)", "x"),)
    assert panel.under_way.progress.layout.display == "none"
    assert list(second.templates) == ["cold"]
    await second.put(collector("x"))
    assert await panel.send() == "50 sent: 50 Ok"
    await second.close()
