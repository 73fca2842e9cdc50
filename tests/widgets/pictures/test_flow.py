"""The picture of a queue as it is: an SVG that says what the queue says, whatever the names are."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from event_collector_widgets import pictures
from event_collector_widgets.pictures.look import CARD
from IPython.core.formatters import DisplayFormatter

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Error,
    History,
    Payload,
    QueueType,
    Result,
    SimpleRouter,
)
from tests.support import Gate, echo, in_loop, outcome, queue_of, settle
from tests.widgets.benches import NASTY

SVG = "{http://www.w3.org/2000/svg}"


class DeadLetterRouter(SimpleRouter):
    """A router with a name of its own."""


async def fail(payload: Payload[Any], ctx: Context) -> Result:
    """Gives an Error."""
    return Error(ValueError("bad"))


def drawn(queue: CollectorQueue) -> ElementTree.Element:
    """The SVG, read as XML."""
    return ElementTree.fromstring(str(pictures.flow(queue)))


def texts(queue: CollectorQueue) -> list[str]:
    """What can be read in the picture, without tooltips."""
    return [
        "".join([text.text or "", *(child.tail or "" for child in text)])
        for text in drawn(queue).iter(f"{SVG}text")
    ]


def description(queue: CollectorQueue) -> str:
    """What the picture says to those who do not see it."""
    return drawn(queue).findtext(f"{SVG}desc") or ""


@in_loop
async def test_it_shows_every_stage_and_its_counts() -> None:
    """Publisher, buffer, consumers, router, collectors, in this order."""
    gate = Gate()
    collectors = [Collector("a", gate, topics=["eu", "us"]), Collector("b", fail)]
    queue = CollectorQueue(
        collectors,
        min_consumers=1,
        max_consumers=2,
        queue_type=QueueType.PRIORITY,
        max_queued=1000,
        router=DeadLetterRouter,
    )
    async with queue:
        await outcome(queue, Payload(0, Delivery.KEY, keys=["b"]))
        await outcome(queue, Payload(0, Delivery.KEY, keys=["nobody"]))
        for value in range(5):
            queue.get_publisher().send_nowait(Payload(value, Delivery.KEY, keys=["a"]))
        await settle()
        assert texts(queue) == [
            *("publisher", "7", "accepted", "running"),
            *("buffer", "PRIORITY", "3 queued", "at most 1,000"),
            *("consumers", "1 to 2", "2 in service"),
            *("router", "DeadLetter", "Router", "1 undelivered"),
            *("collectors", "a", "topics eu, us", "0 processed"),
            *("b", "1 processed, 1 Error"),
        ]
        queue.pause()
        assert "paused" in texts(queue)
        gate.open()
        queue.resume()
    assert "not running" in texts(queue)
    assert "5 processed" in texts(queue)


@in_loop
async def test_its_description_says_all_of_it_in_words() -> None:
    """For those who hear a page instead of seeing it."""
    queue = queue_of(Collector("a", echo, topics=["eu"]), Collector("b", fail))
    async with queue:
        await outcome(queue, Payload(1))
    assert drawn(queue).findtext(f"{SVG}title") == "A FIFO queue with 2 collectors"
    assert drawn(queue).get("role") == "img"
    assert description(queue) == (
        "The publisher has sent 1 payload. 0 events queued, no bound. 1 to 10 consumers have "
        "0 in service. SimpleRouter routes them; 0 were undelivered. "
        "collector a, topics eu: 1 processed. collector b: 1 processed, 1 Error."
    )


def test_an_equal_state_gives_an_equal_picture() -> None:
    """No times, no addresses, no ids that differ or clash with those of another picture."""
    one, other = (queue_of(Collector("a", echo, topics=["x"])) for _ in range(2))
    assert str(pictures.flow(one)) == str(pictures.flow(one)) == str(pictures.flow(other))
    assert not re.search(r"0x|\bid=", str(pictures.flow(one)))


@pytest.mark.parametrize("count", [0, 1, 3, 12, 13, 14, 30, 200])
def test_any_number_of_collectors_is_drawn(count: int) -> None:
    """Twelve, and how many more; one more is as well drawn as counted."""
    queue = queue_of(*(Collector(f"key{number}", echo) for number in range(count)))
    keys = [text for text in texts(queue) if text.startswith("key")]
    shown = count if count <= 13 else 12
    assert keys == [f"key{number}" for number in range(shown)]
    more = [text for text in texts(queue) if text.startswith(("and", "no collectors"))]
    assert more == (["no collectors"] if not count else [f"and {count - 12} more"] * (count > 13))
    assert description(queue).count("collector key") == count


@pytest.mark.parametrize("count", [0, 1, 5, 30])
def test_everything_is_within_the_picture(count: int) -> None:
    """It is 640 wide, no box reaches over its edge, and no two boxes lie on each other."""
    queue = queue_of(*(Collector(f"key{n}", echo, topics=["x"] * (n % 2)) for n in range(count)))
    svg = drawn(queue)
    width, height = float(svg.get("width", 0)), float(svg.get("height", 0))
    assert (width, svg.get("viewBox")) == (640, f"0 0 640 {height:g}")
    assert height < 800
    card, *boxes = [
        tuple(float(box.get(name, 0)) for name in ("x", "y", "width", "height"))
        for box in svg.iter(f"{SVG}rect")
    ]
    assert card == (0, 0, 640, height)
    for place, (x, y, w, h) in enumerate(boxes):
        assert 0 < x < x + w < width
        assert 0 < y < y + h < height
        for x2, y2, w2, h2 in boxes[place + 1 :]:
            assert x + w < x2 or x2 + w2 < x or y + h < y2 or y2 + h2 < y


def test_names_are_text_and_nothing_else() -> None:
    """What would be markup is escaped, and what no XML may hold is replaced."""
    odd = "\x00\x1b\ud800]]>&amp;"
    nasty = type(f"Router{NASTY}", (SimpleRouter,), {})
    queue = queue_of(Collector(NASTY, echo, topics=[NASTY, odd]), Collector(odd, echo))
    queue.router.__class__ = nasty
    names = {element.tag.removeprefix(SVG) for element in drawn(queue).iter()}
    assert names == {"svg", "title", "desc", "rect", "path", "text"}
    assert f"collector {NASTY}, topics {NASTY}, " in description(queue)
    assert "collector \ufffd\ufffd\ufffd]]>&amp;: 0 processed" in description(queue)
    str(pictures.flow(queue)).encode("utf-8")


def test_a_long_name_is_shortened_and_has_a_tooltip() -> None:
    """The whole of it is in the tooltip; a short one needs none."""
    long = "temperature-of-the-north-station-in-winter"
    queue = queue_of(Collector(long, echo), Collector("short", echo))
    tips = {
        "".join(child.tail or "" for child in text): text.findtext(f"{SVG}title")
        for text in drawn(queue).iter(f"{SVG}text")
        if text.find(f"{SVG}title") is not None
    }
    assert len(tips) == 1
    ((shown, whole),) = tips.items()
    assert whole == long
    assert shown == long[: len(shown) - 2] + ".."
    assert 10 < len(shown) < 24


def test_it_can_be_read_on_any_page() -> None:
    """It has a light card of its own, and no colour that depends on what surrounds it."""
    svg = str(pictures.flow(queue_of(Collector("a", echo))))
    assert f'fill="{CARD}"' in svg
    assert "currentColor" not in svg
    assert "var(" not in svg
    assert min(float(size) for size in re.findall(r'font-size="(\d+)', svg)) >= 12  # px, so 9 pt


def test_a_notebook_shows_it() -> None:
    """As an SVG, with a stable line of text beside it."""
    flow = pictures.flow(queue_of(Collector("a", echo)))
    shown: Any = DisplayFormatter()
    data, _ = shown.format(flow)
    assert data == {"image/svg+xml": str(flow), "text/plain": "Flow(FIFO, 1 collector)"}


def test_what_is_no_queue_is_refused() -> None:
    """With what it is and what to pass."""
    queue = queue_of(Collector("a", echo))
    with pytest.raises(TypeError, match=r"^flow\(\) takes a CollectorQueue, got int: 3; a Work"):
        pictures.flow(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got History: History"):
        pictures.flow(History(queue))  # type: ignore[arg-type]
