"""Receivers: a short list, however many collectors there are."""

import re

from event_collector_widgets.panels.send.receivers import MOST, outcome, receivers_html
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Context, Delivery, Explanation, Ok, Payload, Result
from tests.support import in_loop
from tests.widgets.benches import NASTY, a_bench, collector, double

EXPLAINED = st.lists(
    st.builds(Explanation, st.text(), st.booleans(), st.sampled_from("abcdefg")), max_size=200
)


@given(EXPLAINED)
def test_everybody_is_told_of_once_and_the_list_is_short(explained: list[Explanation]) -> None:
    """By a line, or in a count; those who get it before the others."""
    html = receivers_html(explained)
    lines = re.findall(r'<li class="ec-(yes|no)">(.*?)</li>', html, re.DOTALL)
    assert len(lines) <= MOST + 8
    assert [kind for kind, _ in lines] == sorted((kind for kind, _ in lines), reverse=True)
    counted = {"yes": 0, "no": 0}
    for kind, line in lines:
        more = re.match(r"and ([\d,]+) more", line)
        counted[kind] += int(more[1].replace(",", "")) if more else 1
    got = sum(each.receives for each in explained)
    assert counted == {"yes": got, "no": len(explained) - got}
    html.encode()


def test_many_who_get_it_leave_room_for_those_who_do_not() -> None:
    """30 lines of the one, 20 of the other, and a count of each."""
    explained = [Explanation(f"c{number}", number % 2 == 0, "why") for number in range(1_000)]
    html = receivers_html(explained)
    assert (html.count("ec-yes"), html.count("ec-no")) == (31, 22)  # the heading is an ec-note
    assert "and 470 more get it: why" in html
    assert "and 480 more do not: why" in html


def test_a_list_that_scrolls_is_reached_by_keyboard() -> None:
    """One that fits is not one more stop on the way."""
    few = [Explanation(f"c{number}", True, "a broadcast goes to everyone") for number in range(5)]
    assert "tabindex" not in receivers_html(few)
    assert 'class="ec-who" tabindex="0" aria-label=' in receivers_html([*few, *few])
    assert "tabindex" in receivers_html([Explanation("x" * 150, True, "why " * 40)] * 3)


def test_names_and_reasons_are_texts() -> None:
    """Whatever they hold."""
    html = receivers_html([Explanation(NASTY, True, NASTY)])
    assert "<img" not in html
    assert "<script" not in html


@in_loop
async def test_a_name_with_a_line_break_stays_in_the_one_line() -> None:
    """Of what became of an event."""

    async def wrong(payload: Payload[None], ctx: Context) -> Result:
        raise ValueError

    async with a_bench() as bench:
        for key in ("a\nb", "c", "d", "e"):
            await bench.put(collector(key, wrong))
        event = await bench.send(Payload(None))
        told = outcome(event.id, await event.wait())
        assert told == r"event 1: 4 errors: 'a\nb', c, d, e"


@in_loop
async def test_a_long_result_is_cut() -> None:
    """And the line says of which event it is."""
    async with a_bench() as bench:
        await bench.put(collector("x", double))
        event = await bench.send(Payload("y" * 10_000, Delivery.KEY, keys=["x"]))
        told = outcome(event.id, await event.wait())
        assert told.startswith("event 1: x: Ok('yyy")
        assert len(told) < 200
        assert isinstance((await event.wait()).first(), Ok)
