"""What an animation says in words: sentences, and cards."""

from collections.abc import Iterator
from typing import Any

import pytest
from event_collector_widgets.motion.bundle import joined

from tests.browser.runs import a_page

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page with what tells, which nothing goes wrong in."""
    with a_page(browser) as opened:
        opened.add_script_tag(content=joined("telling", "frame", "reading"))
        yield opened


NOTED = """(texts) => {
    const notes = texts.map((text) => ({ text }));
    const things = notes.map((change) => ({ kind: "noted", change }));
    return things.map((_, n) => happened({ things, notes, events: [] }, { n: n + 1 }));
}"""

PAUSED = "paused: no payload is taken"
TWO = "faults on purpose: a raises in 50 %; b is slow"
ONE = "faults on purpose: b is slow"


def test_what_is_new_of_a_queue_is_told_or_what_is_over(page: Any) -> None:
    """Not that a queue goes on which had never stopped."""
    assert page.evaluate(
        NOTED, [TWO, ONE, "", PAUSED, f"{PAUSED}; {ONE}", ONE, "", "closed: .."]
    ) == [
        "Faults on purpose: a raises in 50 %; b is slow.",
        "Faults on purpose: b is slow.",
        "Nothing goes wrong on purpose any more.",
        "Paused: no payload is taken.",
        "Faults on purpose: b is slow.",
        "The queue goes on.",
        "Nothing goes wrong on purpose any more.",
        "Closed: ..",
    ]


CARD = """([router, chooses, way, at]) => {
    const trace = readTrace({
        queue: { order: "FIFO", router, chooses, max_consumers: 1 },
        changes: [[null, [["a", [], null]]]], notes: [],
        routes: [["b", [], [], null]], ways: [way], texts: ["x"],
        events: [["first", 2], ["second", 3]].map(
            ([text, time], n) => [n + 1, text, 0, 1e6 * time, 0, 5e5, 1, 0, 0]),
    });
    const frame = frameAfter(trace, at);
    const card = cardOf(trace, frame, 1);
    const { accepted } = Object.fromEntries(card.rows);
    return [happened(trace, frameAfter(trace, 4)), accepted, card.reasons];
}"""


def test_who_gets_it_is_said_as_far_as_anybody_can_tell(page: Any) -> None:
    """A router of the user's own decides, and that is known afterwards only."""
    said, _, why = page.evaluate(CARD, ["ByWeight", False, [["a", 0]], 5])
    assert (
        said
        == "“second” was accepted as a broadcast; ByWeight decides who gets it. “second” goes next."
    )
    assert why == [["who gets it", "as ByWeight decides"]]
    assert page.evaluate(CARD, ["ByWeight", False, [["a", 0]], 6])[2] == [
        ["who got it", "a, as ByWeight decided"]
    ]
    assert page.evaluate(CARD, ["ByWeight", False, [[None, 2]], 6])[2] == [
        ["who got it", "nobody, as ByWeight decided"]
    ]
    said, _, why = page.evaluate(CARD, ["SimpleRouter", True, [["a", 0]], 6])
    assert said == "“second” was accepted as a broadcast, for everyone. “second” goes next."
    assert why == [["a", "gets it: a broadcast goes to every collector"]]


def test_a_card_counts_as_the_time_bar_does(page: Any) -> None:
    """From the first thing that happened, whatever the loop's clock shows."""
    assert (
        page.evaluate(CARD, ["SimpleRouter", True, [["a", 0]], 6])[1] == "1 s after the first thing"
    )
