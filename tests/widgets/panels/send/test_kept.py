"""Templates that stand in the notebook: written, read again by the next kernel, asked about."""

import asyncio
import json
from typing import Any

import pytest
from event_collector_widgets import SendPanel
from event_collector_widgets.panels.parts.questions import DOUBLE_CLICK
from event_collector_widgets.panels.send.keeping import AT_TEMPLATES
from event_collector_widgets.panels.send.kept import MOST, read, written
from event_collector_widgets.panels.send.templates import ASKED

from event_collector import Delivery, Payload
from tests.support import in_loop, in_virtual_time, settle
from tests.widgets.benches import NASTY, a_bench
from tests.widgets.panels.send.sending import buttons, press

ODD = f"{NASTY} \u2028 ü \ud800"

PAYLOADS = [
    Payload({"temp": 39.0, "long": 2**80, "none": None, "text": ODD}),
    Payload([1.0, [True]], Delivery.KEY, keys=["audit", ODD]),
    Payload("cold", Delivery.TOPIC, topics=["rain", "a, b"], priority=-3),
    Payload(1, Delivery.BROADCAST, keys=["a"], topics=["t"]),
    Payload(1, Delivery.KEY, keys=[]),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda each: each.delivery.value)
def test_a_template_reads_back_as_it_was(payload: Payload[Any]) -> None:
    """Types too, which a page's own numbers would lose; and any file takes the text."""
    text = written(ODD, payload)
    assert text is not None
    assert text.isascii()
    name, back = read(text)
    assert (name, back) == (ODD, payload)
    assert repr(back) == repr(payload)


@pytest.mark.parametrize("value", [(1, 2), float("nan"), {1: 2}, object(), "x" * 300_000])
def test_what_is_not_json_is_not_written(value: object) -> None:
    assert written("x", Payload(value)) is None


def notebook_of(panel: SendPanel) -> list[list[str]]:
    """What the page is told to hold in its notebook, from now on."""
    told: list[list[str]] = []
    send = panel.templates.bar.send

    def listen(content: Any, *more: Any) -> None:
        if content["do"] == "keep":
            told.append(content["texts"])
        send(content, *more)

    panel.templates.bar.send = listen
    return told


def show(panel: SendPanel, *texts: object) -> None:
    """The page tells what its notebook holds, as it does where the panel comes into it."""
    panel.templates.bar._handle_custom_msg({"do": "found", "texts": list(texts)}, [])


async def save(panel: SendPanel, name: str, value: str) -> None:
    """Type a value and a name, and click on Save."""
    panel.value.text.value, panel.templates.name.value = value, name
    await settle()
    press(panel, "save")
    await settle()


@in_loop
async def test_templates_are_there_again_in_the_next_kernel() -> None:
    """Issue 13: kept within the notebook. The next kernel knows nothing but the notebook."""
    async with a_bench("before") as bench:
        panel = SendPanel(bench)
        told = notebook_of(panel)
        show(panel)
        await settle()
        await save(panel, "cold", '{"temp": -12.0}')
        assert panel.status.text == (
            "saved template 'cold'; it stands in the notebook too, once that is saved"
        )
        await save(panel, "warm", "30")
    async with a_bench("after") as bench:
        panel = SendPanel(bench)
        show(panel, *told[-1])
        await settle()
        assert bench.templates == {"cold": Payload({"temp": -12.0}), "warm": Payload(30)}
        assert [value for _, value in panel.templates.menu.options] == ["", "cold", "warm"]
        told = notebook_of(panel)
        panel.templates.menu.value = "cold"
        await settle()
        assert panel.payload() == Payload({"temp": -12.0})
        await panel.delete_template()
        assert [json.loads(each)["name"] for each in told[-1]] == ["warm"]


@in_loop
async def test_what_the_kernel_knows_goes_before_what_the_notebook_holds() -> None:
    """A page that is loaded again without having been saved brings nothing back."""
    async with a_bench() as bench:
        bench.templates["warm"] = Payload(31)  # by a cell
        old = [written(name, Payload(0)) for name in ("cold", "warm", "gone")]
        panel = SendPanel(bench)
        show(panel, *old)
        await settle()
        assert bench.templates == {"warm": Payload(31), "cold": Payload(0), "gone": Payload(0)}
        await save(panel, "cold", "-12")
        await panel.save_template()
        panel.templates.menu.value = "gone"
        await panel.delete_template()
        again = SendPanel(bench)
        told = notebook_of(again)
        show(again, *old)
        await settle()
        assert bench.templates == {"warm": Payload(31), "cold": Payload(-12)}
        assert told[-1] == list(bench.in_notebook.texts.values())


@in_loop
async def test_a_text_that_somebody_has_changed_is_left_out_and_told() -> None:
    """The others come; nothing of it runs."""
    good = written("good", Payload(1))
    wrong = [
        *("", "[]", "1", '{"name": "x"}', '{"name": "", "value": 1, "delivery": "key"}'),
        '{"name": "x", "value": 1, "delivery": "all"}',
        '{"name": "x", "value": 1, "delivery": "key", "keys": "ab"}',
        '{"name": "x", "value": NaN, "delivery": "broadcast"}',
        '{"name": "x", "value": 1, "delivery": "broadcast", "priority": "high"}',
        '{"name": "x", "value": 1, "delivery": "key", "topics": ["t"]}',
        '{"name": ["x"], "value": 1, "delivery": "broadcast"}',
        '{"name": "x", "value": 1, "delivery": ["key"]}',
    ]
    async with a_bench() as bench:
        panel = SendPanel(bench)
        show(panel, *wrong, good)
        await settle()
        assert bench.templates == {"good": Payload(1)}
        assert panel.status.text == (
            f"{len(wrong)} templates of the notebook cannot be read and will be left out of it: "
            "somebody has changed the file"
        )
        show(panel, *[good] * (MOST + 7))
        await settle()
        assert panel.status.text.startswith("7 templates of the notebook cannot be read")


@in_loop
async def test_what_a_notebook_cannot_hold_is_told_with_the_code_that_can() -> None:
    """A value that is no JSON; a page that has no place for it says it of every one."""
    async with a_bench(namespace={"pair": (1, 2)}) as bench:
        panel = SendPanel(bench)
        await save(panel, "cold", "-12")
        assert panel.status.text == (
            "saved template 'cold'; to keep it in the notebook too, run the code below in a cell"
        )
        show(panel)
        await settle()
        told = notebook_of(panel)
        panel.value.source.value = "variable"
        await settle()
        panel.value.menu.value, panel.templates.name.value = "pair", "pair"
        await settle()
        press(panel, "save")
        await settle()
        assert panel.status.text == (
            "saved template 'pair'; its value is not JSON, or is too long: to keep it in the "
            "notebook too, run the code below in a cell"
        )
        assert [read(each)[0] for each in told[-1]] == ["cold"]


@in_loop
async def test_a_value_too_long_to_be_written_is_said_to_last_as_long_as_the_kernel() -> None:
    """Of so long a value there is no code either."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        show(panel)
        await save(panel, "long", f'"{"x" * 300_000}"')
        assert panel.code_line.code == ""
        assert panel.status.text == (
            "saved template 'long'; its value is not JSON, or is too long: it is there as long as "
            "this kernel runs"
        )


@in_loop
async def test_an_app_has_no_notebook_to_write_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its visitors are not trusted."""
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    async with a_bench() as bench:
        panel = SendPanel(bench)
        assert not panel.templates.bar.keeps
        show(panel, written("x", Payload(1)))
        await settle()
        assert bench.templates == {}


@in_virtual_time
async def test_overwriting_asks_first_and_a_second_click_answers() -> None:
    """Issue 13. A double click does not answer, and the same payload loses nothing."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        await save(panel, "cold", "-12")
        await save(panel, "cold", "-12")
        assert panel.status.text.startswith("saved template 'cold'")
        await save(panel, "cold", "-13")
        assert panel.status.text == (
            "there is a template 'cold' already: overwrite it? click again"
        )
        assert buttons(panel) == ["Overwrite 'cold'"]
        assert AT_TEMPLATES in panel._dom_classes
        press(panel, "sure")
        await settle()
        assert bench.templates == {"cold": Payload(-12)}
        await asyncio.sleep(DOUBLE_CLICK)
        press(panel, "sure")
        await settle()
        assert bench.templates == {"cold": Payload(-13)}
        assert buttons(panel) == ["Save", "Delete"]


@in_virtual_time
async def test_deleting_asks_first_and_a_second_click_answers() -> None:
    async with a_bench() as bench:
        panel = SendPanel(bench)
        await save(panel, "cold", "-12")
        press(panel, "delete")
        await settle()
        assert panel.status.text == "delete template 'cold'? click again"
        assert buttons(panel) == ["Save", "Delete 'cold'"]
        await asyncio.sleep(DOUBLE_CLICK)
        press(panel, "sure")
        await settle()
        assert bench.templates == {}
        assert panel.status.text == "deleted template 'cold'"
        assert buttons(panel) == ["Save"]


@pytest.mark.parametrize("then", ["late", "typed", "sent", "renamed"])
@in_virtual_time
async def test_a_question_is_dropped_by_time_and_by_whatever_else_is_done(then: str) -> None:
    async with a_bench() as bench:
        panel = SendPanel(bench)
        await save(panel, "cold", "-12")
        await save(panel, "cold", "-13")
        match then:
            case "late":
                await asyncio.sleep(ASKED + 1)
                assert panel.status.text == ""
            case "typed":
                panel.value.text.value = "-14"
            case "sent":
                panel.send_button.click()
            case "renamed":
                panel.templates.name.value = "colder"
        await asyncio.sleep(DOUBLE_CLICK)
        await settle()
        if then != "renamed":
            assert not panel.status.text.endswith("click again")
            assert "Overwrite 'cold'" not in buttons(panel)
        press(panel, "sure")
        await settle()
        assert bench.templates == {"cold": Payload(-12)}
        assert "Overwrite 'cold'" not in buttons(panel)
