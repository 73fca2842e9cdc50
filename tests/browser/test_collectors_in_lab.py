"""The Collectors panel by clicks: rows, the form, old and new, newer functions, removal."""

import re
from collections.abc import Callable

import pytest

from tests.browser.cells import PATIENT, SHOWN
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

BENCH = """
import asyncio, time
from contextlib import asynccontextmanager
from event_collector import Collector, Context, Delivery, Ok, Payload
from event_collector_widgets import Workbench
bench = Workbench()

@asynccontextmanager
async def opened(ctx):
    ctx.open = True
    yield

async def judge(payload, ctx):
    return Ok(payload.value > ctx.limit)

async def blocks(payload, ctx):
    time.sleep(0.15)
    return Ok(None)

topics = ["a, b", "heat"]
await bench.put(Collector("judge", judge, topics=topics, ctx=Context(limit=40, model=object())))
await bench.put(Collector("blocks", blocks, topics=["slow"]))
"""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A page with two collectors."""
    return shared_pages(
        PATIENT + BENCH, "async def judge(payload, ctx):\n    return Ok('judged')", SHOWN, "pass"
    )


def test_a_row_tells_all_of_a_collector(page: Page) -> None:
    """Key, counts, in service, waiting, times and topics; a warning in words when it blocks."""
    panel = page.panel("Collectors")
    for value in ("1", "'one'"):
        page.ask(f"_ = await bench.send(Payload({value}, Delivery.KEY, keys=['judge']))")
    named = ["key", "done", "Ok", "Error", "in service", "waiting", "mean", "p99", "topics", "note"]
    becomes(page.page, panel.locator(".ec-grid thead th").all_inner_texts, [*named, "actions"])
    row = panel.locator('tr[data-key="judge"]')
    figures = ["judge", "2", "1", "1", "0", "0"]
    becomes(page.page, lambda: row.locator("td").all_inner_texts()[:6], figures)
    cells = row.locator("td").all_inner_texts()
    assert re.fullmatch(r"[\d.]+ (µs|ms|s)", cells[6])
    assert re.fullmatch(r"[\d.]+ (µs|ms|s)", cells[7])
    assert cells[8] == "topics: 'a, b', heat"
    page.ask("_ = await (await bench.send(Payload(1, Delivery.KEY, keys=['blocks']))).wait()")
    told = page.sees(panel.locator('tr[data-key="blocks"]'), ".ec-state", "loop stood still")
    assert "ms" in told or " s" in told
    page.sees(page.panel("Queue"), ".ec-warning", "loop stood still")


def test_a_function_that_was_run_again_is_put_in_by_one_click(page: Page) -> None:
    """Its collector's row says so, and offers it; the rest of the collector stays."""
    panel = page.panel("Collectors")
    row = panel.locator('tr[data-key="judge"]')
    page.run_cell(1)
    page.sees(row, ".ec-state", "judge .* is newer")
    row.get_by_role("button", name="Use the new judge judge").click()
    page.says(panel, "replaced collector 'judge'; processor: ")
    page.code(panel, r"await bench.put\(Collector\('judge', judge")
    assert page.ask("print(bench.collectors['judge'].topics)") == "('a, b', 'heat')"


def test_edit_fills_the_form_and_tells_old_and_new(page: Page) -> None:
    """All fields; a topic with a comma stays one; what cannot be typed stays in the context."""
    panel = page.panel("Collectors")
    page.press(panel, "Edit judge")
    page.sees(panel, ".ec-note", "nothing differs")
    page.has(panel, "topics, one a line", "a, b\nheat")
    page.has(panel, "context: name = JSON", "limit = 40")
    page.sees(panel, ".ec-note", "stays in the context: model = <object")
    page.write(panel, "context: name = JSON", 'limit = [1, "two"\n')
    page.sees(panel, ".ec-failed", "line 1 of the context is not JSON")
    page.write(panel, "context: name = JSON", 'limit = [1, "two"]')
    page.write(panel, "topics, one a line", "a, b\ncold")
    page.choose(panel, "lifecycle", "opened")
    page.write(panel, "timeout, s", "2.5")
    page.write(panel, "max_concurrency", "3")
    page.sees(panel, ".ec-change", r"topics: \+ cold, - heat")
    page.sees(panel, ".ec-change", r"context limit: 40 -> \[1, 'two'\]")
    page.sees(panel, ".ec-change", r"timeout: none -> 2.5")
    page.press(panel, "Save changes")
    page.says(panel, "replaced collector 'judge'")
    told = page.ask(
        "one = bench.collectors['judge']; print(one.topics, one.timeout, one.max_concurrency, "
        "one.ctx.limit, one.ctx.open, 'model' in one.ctx)"
    )
    assert told == "('a, b', 'cold') 2.5 3 [1, 'two'] True True"


def test_a_collector_is_defined_of_a_function_of_the_notebook_and_removed(page: Page) -> None:
    """Its code is shown before; a removal asks once more, in the row."""
    panel = page.panel("Collectors")
    page.press(panel, "New collector")
    page.choose(panel, "processor", "blocks")
    page.write(panel, "key", "another")
    page.code(panel, r"Collector\('another', blocks\)")
    page.field(panel, "key").press("Control+Enter")
    page.says(panel, "added collector 'another'")
    row = panel.locator('tr[data-key="another"]')
    row.get_by_role("button", name="Remove another").click()
    page.sees(row, "td", r"remove it, with its context\?")
    page.answer(row, "Remove now another")  # a double click confirms nothing
    page.says(panel, "removed collector 'another'")
    row.wait_for(state="detached")
    page.code(panel, r"await bench.remove\('another'\)")


def test_what_is_typed_is_never_run(page: Page) -> None:
    """A form takes names that exist, and JSON: code in it is refused or a text."""
    panel = page.panel("Collectors")
    page.press(panel, "New collector")
    page.write(panel, "key", "new_one")
    page.write(panel, "context: name = JSON", "x = __import__('os').getcwd()")
    page.sees(panel, ".ec-failed")
    page.write(panel, "context: name = JSON", "")
    page.write(panel, "timeout, s", "1+1")
    page.sees(panel, ".ec-failed", "timeout")
    page.write(panel, "timeout, s", "")
    page.write(panel, "key", "")
    assert page.complaints == []
