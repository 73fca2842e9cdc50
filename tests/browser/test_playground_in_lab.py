"""The playground in JupyterLab, in a real browser, by clicks; in the light and the dark theme."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.lab import (
    FLAGS,
    ROOT,
    SECONDS,
    Lab,
    a_lab,
    open_notebook,
    run_all_cells,
    set_theme,
)

driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]

HARM = '<img src=x onerror="document.title = 1"><b>bold</b>'
"""A text that shows when it is taken for HTML."""

CONTRAST = """
panel => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const rgba = numbers(getComputedStyle(each).backgroundColor);
      if (rgba.length < 4 || rgba[3] > 0.5) return rgba;
    }
    return [255, 255, 255];
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const told = [];
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    if (['STYLE', 'OPTION'].includes(element.tagName)) continue;
    const pair = [numbers(getComputedStyle(element).color), behind(element)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    told.push([walker.currentNode.data.trim().slice(0, 40), ratio]);
  }
  return told;
}
"""
"""For each text that is seen in an element: the contrast to what is behind it."""


class Playground:
    """The playground on a page, after all cells ran."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)

    def open(self, lab: Lab) -> None:
        """Open the notebook, run all of it, and wait for the panels."""
        open_notebook(self.page, lab, "playground.ipynb")
        self.view = self.page.locator(".ec-playground")
        for last in (False, False, True):  # a command that comes before the kernel is lost
            run_all_cells(self.page)
            try:
                self.view.wait_for(timeout=SECONDS * 1000 * (1 if last else 0.5))
                break
            except driver.TimeoutError:
                if last:
                    raise
        self.page.keyboard.press("Control+b")  # the side bar makes room
        self.view.scroll_into_view_if_needed()
        panels = self.view.locator(".ec-panel")
        self.collectors, self.send, self.results = (panels.nth(place) for place in range(3))
        self.results.locator("tbody tr").nth(5).wait_for()

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def says(self, panel: Any, pattern: str) -> str:
        """Wait until a panel's own line says something; return all of it."""
        line = panel.locator(".ec-status", has_text=re.compile(pattern))
        line.wait_for()
        said: str = line.inner_text()
        return said

    def define(self, processor: str, key: str, topics: str) -> None:
        """Define a collector by the form."""
        form = self.collectors
        form.get_by_label("processor").select_option(label=processor)
        for label, typed in [("key", key), ("topics", topics)]:
            form.get_by_label(label).fill(typed)
            form.get_by_label(label).press("Tab")
        form.get_by_role("button", name="Define").click()
        self.says(form, f"added collector '{key}'")

    def choose_mode(self, mode: str) -> None:
        """Choose how the payload is delivered."""
        self.send.get_by_role("button", name=mode, exact=True).click()

    def write(self, text: str) -> None:
        """Write the value."""
        self.send.locator("textarea").fill(text)
        self.send.locator("textarea").press("Tab")

    def send_it(self) -> str:
        """Click on Send; return what the panel says when the results are in."""
        before = self.send.locator(".ec-status").inner_text()
        self.send.get_by_role("button", name="Send").click()
        pattern = rf"event (?!{_number(before)}\b)\d+(:| reached)"
        return self.says(self.send, pattern)

    def choose_row(self, event: str) -> str:
        """Click on an event's row; return what is shown of it."""
        self.results.locator(f'tbody td:first-child:text-is("{event}")').click()
        detail = self.results.locator(".widget-html", has_text=re.compile(rf"Event {event}:"))
        detail.wait_for()
        said: str = detail.inner_text()
        return said


def _number(said: str) -> str:
    found = re.search(r"event (\d+)", said)
    return found[1] if found else "0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the playground."""
    root = tmp_path_factory.mktemp("lab")
    with a_lab(root, ROOT / "notebooks" / "playground.ipynb") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by playwright."""
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def playground(lab: Lab, browser: Any, request: pytest.FixtureRequest) -> Iterator[Playground]:
    """The notebook, opened in a theme and run."""
    set_theme(lab.root, getattr(request, "param", "JupyterLab Light"))
    page = browser.new_page(viewport={"width": 1280, "height": 1100})
    page.set_default_timeout(SECONDS * 1000 / 4)
    opened = Playground(page)
    opened.open(lab)
    yield opened
    page.close()


def test_define_send_in_each_mode_and_look_at_the_results(playground: Playground) -> None:
    """Issue 2: all of it by clicks, down to an Error's traceback; a payload's HTML stays text."""
    playground.define("failing (gallery)", "alarm", "heat")

    playground.write('{"temp": 39.4, "city": "seattle", "hour": "now"}')
    playground.choose_mode("topic")
    playground.send.get_by_label("topics").select_option(label="heat")
    playground.send.locator(".ec-preview", has_text="would reach 1 of 5").wait_for()
    said = playground.send_it()
    assert "alarm: Error(ValueError: cannot process" in said
    detail = playground.choose_row(_number(said))
    assert "Traceback (most recent call last)" in detail
    assert "in failing" in detail

    playground.choose_mode("key")
    playground.send.get_by_label("keys").select_option(label="validate")
    said = playground.send_it()
    assert said.endswith("validate: Ok('valid')")
    assert "key: validate" in playground.choose_row(_number(said))

    playground.choose_mode("broadcast")
    said = playground.send_it()
    assert [key in said for key in ("validate", "cold_hours", "alarm")] == [True] * 3
    assert "broadcast" in playground.choose_row(_number(said))

    playground.choose_mode("key")
    playground.write('{"temp": "' + HARM.replace('"', "'") + '"}')
    said = playground.send_it()
    assert "<img src=x" in playground.choose_row(_number(said))
    assert playground.view.locator("img, td b").count() == 0
    assert playground.page.title() != "1"
    assert _of_ours(playground.complaints) == []


@pytest.mark.parametrize("playground", ["JupyterLab Dark"], indirect=True)
def test_every_text_can_be_read_in_the_dark_theme(playground: Playground) -> None:
    """Text and background differ by 3 to 1 at least, errors and chosen rows among them."""
    assert playground.page.locator("body[data-jp-theme-light=false]").count() == 1
    playground.define("failing (gallery)", "alarm", "")
    playground.write("1")
    playground.choose_row(_number(playground.send_it()))
    playground.write("no JSON")
    playground.send.locator(".ec-preview .ec-error").wait_for()
    told: list[tuple[str, float]] = playground.view.evaluate(CONTRAST)
    assert len(told) > 50
    assert [text for text, ratio in told if ratio < 3] == []
    assert _of_ours(playground.complaints) == []


def _of_ours(complaints: list[str]) -> list[str]:
    """What the browser complains of, apart from what the server does not have."""
    return [each for each in complaints if "404" not in each and "favicon" not in each]
