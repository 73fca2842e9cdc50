"""The Export button by clicks: the code first, then the file in the notebook's folder."""

import secrets
from collections.abc import Callable

import pytest

from tests.browser.cells import SHOWN
from tests.browser.looks import pale_texts
from tests.browser.pages import Page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

BENCH = """
from event_collector import Context, Ok, Payload, Result
from event_collector_widgets import Workbench
bench = Workbench()
"""

CELL = """
LIMIT = 40  # in Fahrenheit

@bench.collector(topics=["temperature"], ctx=Context(seen=0))
async def cold(payload: Payload[float], ctx: Context) -> Result:
    ctx.seen += 1
    return Ok(payload.value <= LIMIT)
"""


@pytest.fixture
def page(request: pytest.FixtureRequest, pages: Callable[..., Page]) -> Page:
    """A page with a collector and the playground."""
    return pages(BENCH, CELL, SHOWN, "pass", theme=request.param)


@pytest.mark.parametrize("page", ["JupyterLab Light", "JupyterLab Dark"], indirect=True)
def test_the_code_comes_first_and_then_the_file(page: Page) -> None:
    """Nothing is written by the first click; an existing file is named in the panel's line."""
    panel = page.panel("Collectors")
    name = f"weather_{secrets.token_hex(3)}"
    page.press(panel, "Export")
    text = page.sees(panel, "pre.ec-tall", "def make_queue")
    assert "LIMIT = 40  # in Fahrenheit" in text
    page.sees(panel, ".ec-told", "context of 'cold': seen=0")
    page.write(panel, "module", f"{name}.py")
    assert not (page.lab.root / f"{name}.py").exists()
    becomes(page.page, lambda: pale_texts(page.playground), [])
    page.press(panel, "Write")
    page.says(panel, rf"wrote {name}\.py: 1 collector")
    text = page.sees(panel, "pre.ec-tall", name)
    assert (page.lab.root / f"{name}.py").read_text("utf-8").strip() == text.strip()
    page.code(panel, rf"bench\.export\('{name}\.py'\)")
    page.press(panel, "Write")
    page.says(panel, "exists already; press Overwrite")
    page.press(panel, "Overwrite")
    page.press(panel, "Write")
    page.says(panel, rf"wrote {name}\.py: 1 collector")
    page.press(panel, "Close")
    panel.get_by_role("button", name="Export").wait_for()
