"""Texts with HTML and script in them are text everywhere, in a real browser."""

import json
from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN
from tests.browser.hostile import BENCH, SENT, TEXTS, harm
from tests.browser.looks import TABS, barriers
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

NAMES = """
from event_collector_widgets.panels.playground import playground_of
for text in TEXTS:
    globals()[text] = [{text: text}] * 2
async def harmful(payload, ctx): return Ok(str(payload.value) * 2)
harmful.__name__ = TEXTS[0]
globals()["harmful" + TEXTS[1]] = harmful
def bench_static():
    return playground_of(bench)._repr_mimebundle_()["text/html"]
"""
"""Variables and a function with hostile names."""


def test_hostile_texts_stay_texts_on_their_way_through_the_queue(
    pages: Callable[..., Page],
) -> None:
    """As keys, topics, payloads, results, errors and output; in rows, details and lines."""
    page = pages(BENCH, SENT, SHOWN)
    results, rows = page.panel("Results"), page.rows(page.panel("Results"))
    becomes(page.page, rows.count, 2 * len(TEXTS))
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
    page.does(send, "Send", r"event \d+: 6 Ok, 5 errors: ")
    for title in TABS:
        page.panel(title).wait_for()
        assert harm(page, page.playground) == []
    page.page.set_viewport_size({"width": 520, "height": 900})
    for title in ("Send", "Collectors"):
        page.panel(title)
        becomes(page.page, lambda: barriers(page.page, least="minor"), [])
    rows = page.panel("Collectors").locator(".ec-scroll")
    becomes(page.page, lambda: rows.evaluate("e => e.scrollWidth - e.clientWidth <= 1"))  # cut keys


@pytest.mark.long
def test_hostile_names_stay_texts_in_every_form(pages: Callable[..., Page]) -> None:
    """Templates, files, variables, processors' output, trials, pictures, the static form."""
    page = pages(BENCH, SENT, NAMES, SHOWN, "pass")
    send = page.panel("Send")
    for text in TEXTS[:6]:
        page.write(send, "name of the template", text)
        page.does(send, "Save", "saved template")
    page.press(send, "variable")
    options = page.field(send, "variable").locator("option")
    options.nth(len(TEXTS)).wait_for(state="attached")
    page.press(send, "table")
    for place, text in enumerate(TEXTS[:4]):
        name = f"{place}{text.replace('/', '-')}.csv"
        content = f'"{text[:40].replace(chr(34), "")}",b\n1,2\n3,4\n'.encode()
        with page.page.expect_file_chooser() as chooser:
            send.get_by_role("button", name="Upload a file").click()
        chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": content})
        page.says(send, f"^{place}.*2 rows")
    assert harm(page, page.playground) == []
    page.press(send, "JSON")
    for text in TEXTS[:6]:
        page.write(send, "the value as JSON", json.dumps(text))
        page.does(send, "Send", r"event \d+: 6 Ok, 5 errors")
    collectors = page.panel("Collectors")
    collectors.get_by_role("button", name="Edit").first.click()
    page.write(collectors, "context: name = JSON", f"{'x'} = {json.dumps(TEXTS[1])}")
    page.write(collectors, "topics, one a line", "\n".join(TEXTS[:6]))
    page.sees(
        collectors, ".ec-failed", "line 4 of the topics is not JSON"
    )  # it begins with a quote
    assert harm(page, page.playground) == []
    page.write(collectors, "topics, one a line", "\n".join(map(json.dumps, TEXTS[:6])))
    page.sees(collectors, ".ec-change", "topics")
    assert harm(page, page.playground) == []
    tried = page.panel("Try out")
    page.field(tried, "version").select_option(index=1)
    page.press(tried, "Try out")
    page.rows(tried).first.click()
    page.sees(tried, ".ec-side", "payload")
    assert harm(page, page.playground) == []
    pictures = page.panel("Pictures")
    for label in page.field(pictures, "picture").locator("option").all_inner_texts():
        page.choose(pictures, "picture", label)
        page.does(pictures, "Draw", "drawn of")
        assert harm(page, page.playground) == []
    page.ask("open('static.html', 'w', encoding='utf-8').write(bench_static())")
    page.page.goto((page.lab.root / "static.html").as_uri())
    page.page.locator(".ec-static td").nth(20).wait_for()
    assert harm(page, page.page.locator("body")) == []
