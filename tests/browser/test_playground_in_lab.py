"""The playground in JupyterLab by clicks, in the light and in the dark theme."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import MENDED, SHOWN, WEATHER
from tests.browser.looks import TABS, barriers, pale_texts
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = pytest.mark.browser


def test_define_send_filter_and_resend_by_clicks(pages: Callable[..., Page]) -> None:
    """From a function of the notebook to a mended collector, and nothing typed but values."""
    page = pages(WEATHER, MENDED, SHOWN, "pass")
    results = page.panel("Results")
    page.sees(results, ".ec-where", "1 to 40 of 40")

    collectors = page.panel("Collectors")
    page.press(collectors, "New collector")
    page.choose(collectors, "processor", "failing (gallery)")
    page.write(collectors, "key", "alarm")
    page.write(collectors, "topics, one a line", "heat")
    page.code(collectors, r"^from event_collector_widgets import failing\nawait bench.put\(")
    page.press(collectors, "Define")
    page.says(collectors, "added collector 'alarm'")

    send = page.panel("Send")
    page.press(send, "topic")
    page.field(send, "topics").select_option(label="heat")
    page.sees(send, ".ec-preview", "would reach 1 of 3")
    page.press(send, "Send")
    page.says(send, r"event 41: .*alarm.*cannot process")

    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "1 to 6 of 6 that match, 41 kept")
    row = page.rows(results).first
    expect(row).to_have_text(re.compile(r"^41.*→ heat.*✗ Error", re.DOTALL))
    row.click()
    page.sees(results, ".ec-traceback", "in failing")
    page.press(results, "Resend")
    page.says(results, "event 41 sent again as event 42, to alarm: 1 error")

    tried = page.panel("Try out")
    page.choose(tried, "collector", "validate")
    page.choose(tried, "version", "mended")
    page.press(tried, "Try out")
    page.sees(tried, ".ec-status", "1 of 40 results differ: 1 error went")
    page.press(tried, "Replace 'validate' by this version")
    page.says(tried, "replaced collector 'validate'")
    page.choose(results, "collector", "validate")
    page.press(results, "Resend these 5")
    page.answer(results, "Resend 5?")
    page.says(results, "5 sent again to those that failed: 1 Ok, 4 with errors")
    assert page.ask("print(bench.metrics().errors, bench.collectors['validate'].errors)") == "11 4"
    assert page.complaints == []


def test_every_text_can_be_read_in_the_dark_theme(pages: Callable[..., Page]) -> None:
    """Errors and chosen rows among them; and axe-core finds nothing in any tab."""
    page = pages(WEATHER, MENDED, SHOWN, theme="JupyterLab Dark")
    expect(page.page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
    results = page.panel("Results")
    page.choose(results, "status", "Error")
    page.sees(results, ".ec-where", "of 5 that match")
    page.rows(results).first.click()
    page.sees(results, ".ec-traceback", "no reading")
    send = page.panel("Send")
    page.write(send, "the value as JSON", "no JSON")
    page.sees(send, ".ec-preview .ec-error", "line 1")
    for title in TABS:
        page.panel(title)
        becomes(page.page, lambda: [*pale_texts(page.playground), *barriers(page.page)], [])
    assert page.complaints == []
