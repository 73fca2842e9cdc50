"""An opened row: an event's payload, times, results, tracebacks and output, in full."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from event_collector_widgets import failing
from event_collector_widgets.panels.parts.live import Detail, Section
from event_collector_widgets.panels.parts.written import LIMIT
from event_collector_widgets.panels.results.detail import RESULTS, sections_of, title_of

from event_collector import CollectorEvent, Context, Delivery, Error, Ok, Payload, Result
from tests.support import Gate, in_loop, settle
from tests.widgets.benches import NASTY, a_bench, collector


def shown(event: CollectorEvent, *lifted: str, **outputs: Any) -> dict[str, Section]:
    """The sections by their keys."""
    return {each.key: each for each in sections_of(event, outputs, lifted)}


def output(text: str = "", *displays: dict[str, Any], missing: str = "") -> Any:
    """What a workbench gives for a collector's output."""
    return SimpleNamespace(text=text, displays=displays, missing=missing)


@in_loop
async def test_all_of_an_event_is_shown() -> None:
    """Fault 4: payload, keys, topics, priority, times, each result, and the traceback."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        await bench.put(collector("y", failing))
        value = {"text": "z" * 1_000}
        payload = Payload(
            value, Delivery.KEY, keys=["x", "y", "k" * 500], topics=["t, u"], priority=3
        )
        event = await bench.send(payload)
        await bench.publisher.wait()
        assert title_of(event).startswith("event 1: key: x, y, kkk")
        assert title_of(event).endswith("; ✗ Error (2 of 2)")
        parts = shown(event)
        assert parts["payload"].text == f"{{\n  'text': '{'z' * 1_000}'\n}}"
        facts = parts["times"].text.splitlines()
        assert facts[:3] == [f"keys: x, y, {'k' * 500}", "topics: t, u", "priority: 3"]
        assert facts[3].startswith("waited ")
        assert facts[3].endswith(" ms, taken by consumer 1")
        assert parts["result 0"].heading.startswith("✗ x: TypeError: ")
        assert parts["result 1"].heading.startswith("✗ y: ValueError: cannot process {'text'")
        assert parts["result 1"].state == "error"
        assert parts["result 1"].text.startswith("Traceback (most recent call last):")
        assert "in failing" in parts["result 1"].text
        assert not event.retrieved


@in_loop
async def test_what_is_long_tells_its_limit_and_is_lifted_part_by_part() -> None:
    """Issue 13: a limit that is told and can be lifted."""

    async def answer(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(payload.value * 2)

    async with a_bench() as bench:
        await bench.put(collector("x", answer))
        event = await bench.send(Payload("a" * 200_000))
        await event.wait()
        parts = shown(event)
        for key, length in (("payload", 200_000), ("result 0", 400_000)):
            assert len(parts[key].text) == LIMIT + 2
            assert parts[key].note == f"20,000 of {length:,} characters"
            assert parts[key].lift == "Show all"
        lifted = shown(event, "result 0")
        assert lifted["result 0"].text == repr("a" * 400_000)
        assert (lifted["result 0"].note, lifted["result 0"].lift) == ("", "")
        assert lifted["payload"] == parts["payload"]


@in_loop
async def test_the_errors_stand_first_with_their_output() -> None:
    """Among two collectors as among many: what failed is what the row was opened for."""

    async with a_bench() as bench:
        await bench.put(collector("fine", _one))
        await bench.put(collector("bad", failing))
        event = await bench.send(Payload(1))
        await event.wait()
        parts = sections_of(event, {"bad": output("before it failed")})
        assert [each.heading for each in parts] == [
            "payload",
            "✗ bad: ValueError: cannot process 1",
            "output of bad",
            "✓ fine: Ok",
            "",
        ]


@in_loop
async def test_of_many_results_those_that_failed_come_first() -> None:
    """Fault 7: a broadcast to 120 collectors shows 50, says so, and shows all when asked."""
    async with a_bench() as bench:
        for number in range(120):
            await bench.put(collector(f"c{number}", failing if number in (60, 119) else _one))
        event = await bench.send(Payload(1))
        await event.wait()
        parts = shown(event)
        told = [each.heading for key, each in parts.items() if key.startswith("result ")]
        assert told[:3] == [
            "✗ c60: ValueError: cannot process 1",
            "✗ c119: ValueError: cannot process 1",
            "✓ c0: Ok",
        ]
        assert len(told) == RESULTS
        assert parts["results"].note == "50 of 120 results, those that failed first"
        everything = shown(event, "results")
        told = [each.heading for key, each in everything.items() if key.startswith("result ")]
        assert [head.split(":")[0] for head in told[:3]] == ["✗ c60", "✗ c119", "✓ c0"]
        assert len(told) == 120
        assert "results" not in everything


async def _one(payload: Payload[Any], ctx: Context) -> Result:
    return Ok(1)


@in_loop
async def test_an_event_under_way_shows_what_there_is() -> None:
    """No result yet, but what was printed so far."""
    gate = Gate()
    async with a_bench() as bench:
        await bench.put(collector("x", gate))
        event = await bench.send(Payload(1))
        assert (title_of(event), shown(event)["times"].text) == (
            "event 1: broadcast; ○ queued",
            "not taken yet",
        )
        await settle()
        parts = shown(event, x=output("half way"))
        assert list(parts) == ["payload", "output of x", "times"]
        assert title_of(event) == "event 1: broadcast; ◐ in service"
        assert (parts["output of x"].text, parts["output of x"].heading) == (
            "half way",
            "output of x",
        )
        gate.open()
        await event.wait()
        parts = shown(event, x=output("done"), gone=output("lost"))
        assert list(parts) == ["payload", "result 0", "output 0", "output of gone", "times"]


@in_loop
async def test_output_is_text_and_pictures_and_never_html() -> None:
    """HTML of a processor is shown as its text; a picture only as an image."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{NASTY}</desc></svg>'
    displays: list[dict[str, Any]] = [
        {"image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure size 640x480 with 1 Axes>"},
        {"image/svg+xml": svg, "text/plain": "a drawing"},
        {"text/html": NASTY, "text/plain": "a table"},
        {"application/javascript": "alert(1)"},
    ]
    async with a_bench() as bench:
        await bench.put(collector("x", _one))
        event = await bench.send(Payload(1))
        await event.wait()
        parts = shown(event, x=output(NASTY, *displays, missing="3 displays more"))
        assert (parts["output 0"].text, parts["output 0"].note) == (NASTY, "3 displays more")
        image, drawing, told, script = (parts[f"output 0 {number}"] for number in range(4))
        assert (image.kind, image.text) == ("image", "data:image/png;base64,iVBORw0KGgo=\n")
        assert drawing.kind == "image"
        assert base64.b64decode(drawing.text.partition(",")[2]).decode() == svg
        assert (told.kind, told.text) == ("code", "a table")
        assert script.kind == "code"
        assert "alert" not in script.text


class _Mute(Exception):  # noqa: N818 - a name is all it has
    def __str__(self) -> str:
        raise RuntimeError("no str")


@pytest.mark.parametrize("error", [_Mute(), ValueError("\ud800 \u2028 </script>"), ValueError()])
@in_loop
async def test_whatever_was_raised_can_be_sent_to_the_page(error: Exception) -> None:
    """An exception that tells nothing, half of a character: still an Error with its heading."""

    async def fail(payload: Payload[Any], ctx: Context) -> Result:
        return Error(error)

    async with a_bench() as bench:
        await bench.put(collector("x", fail))
        event = await bench.send(Payload(1))
        await event.wait()
        detail = Detail([])
        detail.show("1", title_of(event), sections_of(event, {}))
        heading = detail.sections[1]["heading"]
        assert heading.startswith(f"✗ x: {type(error).__name__}")
        for section in detail.sections:
            "".join(section.values()).encode()
