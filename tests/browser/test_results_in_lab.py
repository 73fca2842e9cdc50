"""The Results panel by clicks: filters, rows, an event in full, resending, files, freezing."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.cells import SHOWN, WEATHER
from tests.browser.pages import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

MORE = """
await bench.send_all(
    Payload({"n": n, "temp": 50.0}, Delivery.KEY, keys=["cold_hours"]) for n in range(400)
)
await bench.publisher.wait()
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with 40 readings, of which five are broken, and 400 newer ones."""
    return shared_pages(WEATHER, MORE, SHOWN, "pass")


def test_the_filters_know_the_whole_history(page: Page) -> None:
    """By status, collector, delivery, time and text; the count is told; fields keep their text."""
    panel = page.panel("Results")
    page.sees(panel, ".ec-where", "1 to 200 of 440")
    page.choose(panel, "status", "Error")
    page.sees(panel, ".ec-where", "1 to 5 of 5 that match, 440 kept")
    expect(panel.locator("tbody .ec-state")).to_have_text(["✗ Error"] * 5)
    page.choose(panel, "status", "any status")
    page.choose(panel, "delivery", "topic")
    page.sees(panel, ".ec-where", "of 40 that match")
    page.choose(panel, "collector", "validate")
    page.choose(panel, "status", "Ok")
    page.sees(panel, ".ec-where", "of 35 that match")
    page.choose(panel, "time", "last hour")
    page.field(panel, "text").fill("'hour': 1")
    page.sees(panel, ".ec-where", "of 10 that match")
    expect(page.field(panel, "text")).to_be_focused()
    for menu in ("collector", "status", "delivery", "time"):
        page.choose(panel, menu, f"any {menu}")
    page.field(panel, "text").fill("")
    page.sees(panel, ".ec-where", "1 to 200 of 440")


def test_rows_come_200_at_a_time(page: Page) -> None:
    """The newest first; "older" shows older ones, "newer" goes back."""
    panel = page.panel("Results")
    expect(page.rows(panel).first).to_have_attribute("data-key", "440")
    page.press(panel, "older")
    page.sees(panel, ".ec-where", "201 to 400 of 440")
    page.press(panel, "older")
    page.sees(panel, ".ec-where", "401 to 440 of 440")
    page.press(panel, "newer")
    page.press(panel, "newer")
    page.sees(panel, ".ec-where", "1 to 200 of 440")
    page.sees(panel, ".widget-toggle-button", "^Freeze$")  # it follows again


def test_a_row_opens_to_payload_results_times_output_and_traceback(page: Page) -> None:
    """By keyboard as well; Escape closes it, and the focus is in the rows again."""
    panel = page.panel("Results")
    page.choose(panel, "status", "Error")
    page.sees(panel, ".ec-where", "of 5 that match")
    row = page.rows(panel).first
    row.focus()
    page.page.keyboard.press("Enter")
    page.sees(panel, ".ec-detail-title", r"event 34: topic: temperature; ✗ Error \(1 of 2\)")
    page.sees(panel, ".ec-detail-body", "'hour': 33")
    page.sees(panel, ".ec-detail-body", r"waited [\d.]+ ms, in service")
    page.sees(panel, ".ec-detail-heading", "✗ validate: ValueError: no reading: temp=451.0")
    page.sees(panel, ".ec-traceback", r"in validate")
    page.sees(panel, ".ec-detail-body", "output of validate\\s*broken reading: 451.0")
    page.sees(panel, ".ec-detail-heading", "✓ cold_hours: Ok")
    panel.locator(".ec-detail-body").focus()
    page.page.keyboard.press("Escape")
    panel.locator(".ec-detail").wait_for(state="hidden")
    expect(panel.locator('tr[data-key="34"]')).to_be_focused()


def test_resend_edit_and_resend_and_resend_all(page: Page) -> None:
    """Each says what came of it, and shows its code; all asks once more."""
    panel = page.panel("Results")
    page.choose(panel, "status", "Error")
    page.sees(panel, ".ec-where", "of 5 that match")
    page.rows(panel).last.click()
    page.press(panel, "Resend")
    page.says(panel, r"event 4 sent again as event 441, to validate: 1 error: validate")
    page.code(
        panel, r"await bench.send\(Payload\(event.payload.value, Delivery.KEY, keys=\['validate'\]"
    )
    page.press(panel, "Edit and resend")
    send = page.panel("Send")
    page.says(send, "event 4 is in the form")
    page.write(send, "the value as JSON", '{"temp": 45.5}')
    page.press(send, "Send")
    page.says(send, r"event 442: validate: Ok\('valid'\)")
    page.press(panel, "Resend 5 of 6")
    page.says(
        panel,
        r"resend 5 of the 6 that match, to those that failed \(1 was resent already\)\?",
    )
    page.answer(panel, "Resend 5?")
    page.says(panel, "5 sent again to those that failed: 5 with errors.*1 was resent already")
    page.code(panel, r"await bench.send_all\(bench.to_failed\(events\)\)")
    page.choose(panel, "resend to", "to all, as it was sent")
    page.rows(panel).last.click()
    page.press(panel, "Resend")
    page.says(panel, "event 4 sent again as event 448: 1 Ok, 1 error: validate")
    page.choose(panel, "resend to", "to those that failed")
    page.choose(panel, "status", "any status")


def test_the_code_of_the_frame_runs_in_a_cell(page: Page) -> None:
    """And gives the rows that the filter lets through."""
    panel = page.panel("Results")
    page.choose(panel, "delivery", "topic")
    page.choose(panel, "status", "Error")
    page.sees(panel, ".ec-where", "that match")
    page.press(panel, "DataFrame code")
    page.says(panel, "a cell with this code makes `frame`")
    page.ask(page.code(panel, "frame = "))
    count = int(page.ask("print(frame['event'].nunique())"))
    page.sees(panel, ".ec-where", rf"of {count} that match")
    page.choose(panel, "delivery", "any delivery")
    page.choose(panel, "status", "any status")


def test_files_are_saved_by_the_browser(page: Page) -> None:
    """CSV and JSON Lines of what matches."""
    panel = page.panel("Results")
    page.choose(panel, "delivery", "key")
    page.field(panel, "text").fill("'n': ")
    page.sees(panel, ".ec-where", "of 400 that match")
    with page.page.expect_download() as download:
        page.press(panel, "CSV")
    assert download.value.suggested_filename == "results.csv"
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert len(rows) == 400
    with page.page.expect_download() as download:
        page.press(panel, "JSON Lines")
    assert download.value.suggested_filename == "results.jsonl"
    lines = Path(download.value.path()).read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 400
    page.says(panel, "400 events in results.jsonl")
    page.field(panel, "text").fill("")
    page.choose(panel, "delivery", "any delivery")


def test_freeze_keeps_the_rows_and_counts_what_came(page: Page) -> None:
    """The switch says whether it is on, to those who hear the page too."""
    panel = page.panel("Results")
    page.sees(panel, ".ec-where", r"1 to 200 of \d+$")
    first = page.ask("print(bench.metrics().accepted)")  # the newest; no other is on its way
    expect(page.rows(panel).first).to_have_attribute("data-key", first)
    freeze = panel.locator(".widget-toggle-button")
    freeze.click()
    page.page.mouse.move(5, 5)
    page.ask("_ = await bench.send(Payload({'temp': 1.0}))")
    page.sees(panel, ".widget-toggle-button", "Frozen: 1 came since")
    expect(freeze).to_have_attribute("aria-pressed", "true")
    assert page.rows(panel).first.get_attribute("data-key") == first
    freeze.click()
    page.sees(panel, ".widget-toggle-button", "^Freeze$")
    panel.locator(f'tr[data-key="{int(first) + 1}"]').wait_for()
    assert page.complaints == []


def test_typing_in_a_filter_while_events_stream_in(page: Page) -> None:
    """No letter is lost, the focus stays, the count follows."""
    panel = page.panel("Results")
    page.ask(
        "async def stream():\n"
        "    for n in range(300):\n"
        "        await bench.send(Payload({'temp': 1.0, 'streamed': n}))\n"
        "        await asyncio.sleep(0.01)\n"
        "streaming = asyncio.ensure_future(stream())"
    )
    text = page.field(panel, "text")
    text.click()
    page.page.keyboard.type("streamed': 29", delay=120)
    assert text.input_value() == "streamed': 29"
    expect(text).to_be_focused()
    page.sees(panel, ".ec-where", "1 to 11 of 11 that match")
    assert text.input_value() == "streamed': 29"
    text.fill("")
