"""The Send panel by clicks: JSON, variables, tables, files, copies, waiting, templates."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.cells import PATIENT, SHOWN
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

BENCH = """
import asyncio
import pandas as pd
from event_collector import Collector, Delivery, Error, Ok, Payload
from event_collector_widgets import Workbench
bench = Workbench(max_queued=50, max_consumers=2)
gate = asyncio.Event()
gate.set()

@bench.collector(topics=["heat"])
async def judge(payload, ctx):
    await gate.wait()
    if payload.value == {"n": 3}:
        raise ValueError("not three")
    return Ok(payload.value)

@bench.collector(topics=["rain"])
async def other(payload, ctx):
    await gate.wait()
    return Ok(None)

hours = pd.DataFrame({"n": [1, 2, 3], "to": ["judge", "other", "judge"], "how": ["key"] * 3})
limits = {"low": 1, "high": 2}
many = [{"n": n} for n in range(5_000)]
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with two collectors that wait while the gate is closed."""
    return shared_pages(PATIENT + BENCH, SHOWN, "pass")


def test_a_mistake_in_json_is_told_with_line_and_column(page: Page) -> None:
    """And nothing is sent by Ctrl-Enter; right again, Ctrl-Enter sends and keeps the text."""
    panel = page.panel("Send")
    page.write(panel, "the value as JSON", '{"temp": 1,\n "hour": now}')
    page.sees(panel, ".ec-error", r"line 2, column 10")
    page.sees(panel, "button:disabled", "^Send$")
    page.field(panel, "the value as JSON").press("Control+Enter")
    page.field(panel, "the value as JSON").fill('{"temp": 1}')
    page.sees(panel, ".ec-preview", "would reach 2 of 2")
    page.field(panel, "the value as JSON").press("Control+Enter")
    page.says(panel, r"event 1: judge: Ok\(\{'temp': 1\}\), other: Ok\(None\)")
    page.has(panel, "the value as JSON", '{"temp": 1}')


def test_who_would_get_it_stands_above_the_button(page: Page) -> None:
    """Those who get it first, then why the others do not."""
    panel = page.panel("Send")
    page.press(panel, "key")
    page.sees(panel, ".ec-preview", 'choose one of the keys, or write one beside "and"')
    page.sees(panel, "button:disabled", "^Send$")
    page.write(panel, "and", "other, nobody")
    who = panel.locator(".ec-who li")
    who.nth(1).wait_for()
    page.sees(panel, ".ec-preview", "would reach 1 of 2")
    expect(who.first).to_have_text(re.compile("^other "))
    expect(who.nth(1)).to_have_class("ec-no")
    preview = panel.locator(".ec-preview")
    send = panel.get_by_role("button", name="Send", exact=True)
    becomes(page.page, lambda: preview.bounding_box()["y"] < send.bounding_box()["y"])
    page.write(panel, "and", "")
    page.press(panel, "broadcast")


def test_a_variable_and_copies_of_it(page: Page) -> None:
    """The variable's name goes into the code; a table says that it is one payload."""
    panel = page.panel("Send")
    page.press(panel, "variable")
    page.choose(panel, "variable", "hours (DataFrame, 3 rows, as ONE payload)")
    page.sees(panel, ".ec-note", "as ONE payload; choose table")
    page.choose(panel, "variable", "limits (dict)")
    page.write(panel, "copies", "3")
    page.code(panel, r"value = limits\nawait bench.send_all")
    page.does(panel, "Send 3 copies", "3 sent: 3 Ok")
    page.write(panel, "copies", "10001")
    page.sees(panel, ".ec-error", "10,000")
    page.write(panel, "copies", "1")


def test_a_table_is_sent_a_row_each_by_its_columns(page: Page) -> None:
    """Delivery and keys come from columns; the accounting names who failed; the code runs."""
    panel = page.panel("Send")
    page.press(panel, "table")
    page.choose(panel, "table", "hours (DataFrame, 3 rows)")
    page.sees(panel, ".ec-preview", "3 rows: n, to, how; row 1: ")
    page.press(panel, "a column says")
    page.choose(panel, "delivery from", "how")
    page.choose(panel, "keys from", "to")
    page.does(panel, "Send 3 payloads", "3 sent: 3 Ok")
    code = page.code(panel, "send_all")
    before = int(page.ask("print(bench.metrics().accepted)"))
    page.ask(code)
    assert page.ask("print(bench.metrics().accepted)") == str(before + 3)
    page.press(panel, "broadcast")


def test_progress_cancel_and_what_became_of_it(page: Page) -> None:
    """While the queue is full it says that it waits for room; what was accepted stays."""
    panel = page.panel("Send")
    page.ask("gate.clear()")
    page.press(panel, "table")
    page.choose(panel, "table", "many (list, 5,000 rows)")
    page.press(panel, "Send 5,000 payloads")
    page.sees(panel, ".widget-hprogress", r"\d+ of 5,000 sent; waits for room \(50 queued of 50")
    page.press(panel, "JSON")
    page.press(panel, "Send")
    page.says(panel, "waits for room")
    page.press(panel, "Cancel")
    page.says(panel, r"cancelled: \d+ of 5,000 were sent and stay, 4,\d+ were not")
    page.ask("gate.set()")
    page.says(panel, r"event \d+: judge")
    panel.locator(".widget-hprogress").wait_for(state="hidden")


def test_files_are_uploaded_and_sent_a_row_each(page: Page) -> None:
    """CSV and JSON Lines, from this machine; what is no such file is told in words."""
    panel = page.panel("Send")
    page.press(panel, "table")
    files = {
        "hours.csv": (b"n,city\n1,oslo\n2,rome\n", "hours.csv: 2 rows"),
        "hours.jsonl": (b'{"n": 3}\n{"n": 4}\n{"n": 5}\n', "hours.jsonl: 3 rows"),
        "wrong.jsonl": (b'{"n": 3}\n{"n": \n', "line 2"),
        "large.csv": (b"n\n" + b"1\n" * 5_500_000, "large.csv has 11.00 MB, at most 10 MB"),
        "many.csv": (b"n\n" + b"1\n" * 4_900_000, "many.csv has 4,900,000 rows, at most 10,000"),
        "again.jsonl": (b'{"n": 3}\n{"n": 4}\n{"n": 5}\n', "again.jsonl: 3 rows"),
    }
    for name, (content, told) in files.items():
        with page.page.expect_file_chooser() as chooser:
            panel.get_by_role("button", name="Upload a file").click()
        chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content})
        page.says(panel, told)
    page.sees(panel, ".ec-preview", "3 rows: n; row 1: ")
    page.press(panel, "Send 3 payloads")
    page.says(panel, r"3 sent: 2 Ok, 1 with errors \(judge 1\)")


def test_a_template_is_kept_used_again_and_deleted(page: Page) -> None:
    """Under its name, with its code; chosen, it fills the form."""
    panel = page.panel("Send")
    page.press(panel, "JSON")
    page.write(panel, "the value as JSON", '{"cold": true}')
    page.press(panel, "topic")
    page.field(panel, "topics").select_option(label="rain")
    page.write(panel, "name of the template", "cold night")
    page.press(panel, "Save")
    page.says(panel, "saved template 'cold night'")
    page.code(panel, r"bench.templates\['cold night'\] = Payload\(")
    page.write(panel, "the value as JSON", "0")
    page.press(panel, "broadcast")
    page.choose(panel, "template", "choose one")
    page.choose(panel, "template", "cold night")
    page.says(panel, "template cold night is in the form")
    page.has(panel, "the value as JSON", '{"cold": true}')
    page.sees(panel, ".ec-preview", "would reach 1 of 2")
    page.write(panel, "the value as JSON", "0")
    page.write(panel, "name of the template", "cold night")
    page.press(panel, "Save")
    page.says(panel, "there is a template 'cold night' already: overwrite it")
    bar, said = panel.locator(".ec-template-bar"), panel.locator(".ec-status")
    bottom = "e => e.getBoundingClientRect().bottom"
    becomes(page.page, lambda: said.bounding_box()["y"] >= bar.evaluate(bottom))  # by its buttons
    expect(bar.locator("button:visible")).to_have_text(["Overwrite 'cold night'"])
    page.answer(panel, "Overwrite 'cold night'")
    page.says(panel, "saved template 'cold night'; it stands in the notebook too")
    page.press(panel, "Delete")
    page.answer(panel, "Delete 'cold night'")
    page.says(panel, "deleted template 'cold night'")
    assert page.complaints == []


def test_templates_are_there_again_after_a_restart(pages: Callable[..., Page]) -> None:
    """They stand in the notebook; what is deleted is not there any more, nor in its file."""
    page = pages(PATIENT + BENCH, SHOWN, "pass")
    panel = page.panel("Send")
    for name, value in (("cold", '{"temp": 39.0}'), ("a\u2028<b>", "12345678901234567890")):
        page.write(panel, "the value as JSON", value)
        page.write(panel, "name of the template", name)
        kept = "saved template .* it stands in the notebook too, once that is saved"
        page.does(panel, "Save", kept)
    page.reopen()
    page.run_all()
    panel = page.panel("Send")
    page.choose(panel, "template", "cold")
    page.says(panel, "template cold is in the form")
    page.has(panel, "the value as JSON", '{"temp": 39.0}')
    page.choose(panel, "template", "a\\u2028<b>")
    page.code(panel, "12345678901234567890")
    page.press(panel, "Delete")
    page.answer(panel, "Delete 'a <b>'")
    page.says(panel, "deleted template")
    page.restart()
    page.run_all()
    options = page.field(page.panel("Send"), "template").locator("option")
    becomes(page.page, lambda: options.all_inner_texts()[1:], ["cold"])
    page.save()
    kept = json.loads((page.lab.root / page.name).read_text())["metadata"]["event_collector"]
    assert len(kept["templates"]["bench"]) == 1
