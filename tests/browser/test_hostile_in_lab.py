"""Texts with HTML and script in them are text everywhere, in a real browser."""

from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN
from tests.browser.hostile import BENCH, SENT, TEXTS, harm
from tests.browser.looks import TABS
from tests.browser.pages import Page

pytestmark = pytest.mark.browser


def test_hostile_texts_stay_texts_on_their_way_through_the_queue(
    pages: Callable[..., Page],
) -> None:
    """As keys, topics, payloads, results, errors and output; in rows, details and lines."""
    page = pages(BENCH, SENT, SHOWN)
    results, rows = page.panel("Results"), page.rows(page.panel("Results"))
    assert rows.count() == 2 * len(TEXTS)
    for place in range(rows.count()):
        number = rows.nth(place).get_attribute("data-key")
        rows.nth(place).click()
        page.sees(results, ".ec-detail-title", f"^event {number}:")
    assert harm(page, page.playground) == []
    send = page.panel("Send")
    for mode, word in (("key", "keys"), ("topic", "topics")):
        page.press(send, mode)
        names = page.field(send, word)
        names.select_option(index=list(range(len(TEXTS))))
        page.sees(send, ".ec-preview", f"would reach {len(TEXTS)} of {len(TEXTS)}")
    page.write(send, "the value as JSON", TEXTS[0])
    page.sees(send, ".ec-error", "line 1")
    page.write(send, "the value as JSON", '"<img src=x onerror=alert(1)>"')
    page.press(send, "Send")
    page.says(send, r"event \d+: 6 Ok, 5 errors: ")
    for title in TABS:
        page.panel(title).wait_for()
        assert harm(page, page.playground) == []
