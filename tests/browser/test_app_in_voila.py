"""The playground as an app in Voila: no network, none of the notebook's variables."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.app import an_app
from tests.browser.lab import ROOT, SECONDS
from tests.browser.looks import TABS, barriers, pale_texts
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

HERE = ("127.0.0.1", "")


class App:
    """The app on a page, and whom the page has asked for something."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_page(viewport={"width": 1400, "height": 900})
        self.page.set_default_timeout(SECONDS * 1000)
        self.asked: set[str] = set()
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.on("dialog", self._alarm)
        self.page.goto(address, timeout=SECONDS * 1000)
        self.playground = self.page.locator(".ec-playground").first
        self.playground.wait_for(timeout=SECONDS * 1000)

    def _alarm(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def panel(self, title: str) -> Any:
        """A panel, its tab chosen."""
        if title in TABS:
            self.playground.get_by_role("tab", name=title, exact=True).click()
        found = self.playground.locator(f'.ec-panel[aria-label="{title}"]')
        found.wait_for()
        return found

    def strangers(self) -> list[str]:
        """The addresses on other machines that were asked."""
        hosts = {url: urlsplit(url).hostname or "" for url in self.asked}
        return [url for url, host in hosts.items() if host not in HERE]


@pytest.fixture(scope="module", params=["light", "dark"])
def app(
    browser: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """The playground's notebook as an app, in a theme."""
    root = tmp_path_factory.mktemp("app")
    notebook = ROOT / "notebooks" / "playground.ipynb"
    with an_app(root, notebook, theme=request.param) as address:
        opened = App(browser, address)
        yield opened
        opened.page.close()


def test_a_visitor_sends_and_sees_and_asks_nobody_else(app: App) -> None:
    """Texts with script in them stay texts; every request goes to this machine."""
    send = app.panel("Send")
    hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    send.get_by_label("the value as JSON", exact=True).fill(f'{{"day": "{hostile}"}}')
    send.locator(".ec-preview", has_text="would reach").wait_for()
    send.get_by_role("button", name="Send", exact=True).click()
    told = send.locator(".ec-status", has_text=re.compile(r"event \d+: "))
    told.wait_for()
    number = re.search(r"event (\d+)", told.inner_text())
    assert number is not None
    app.playground.locator(f'.ec-beside tr[data-key="{number[1]}"]').click()
    app.playground.locator(".ec-detail-body", has_text="<img src=x").wait_for()
    assert app.playground.locator("img, script").count() == 0  # of what is there to be seen
    assert app.dialogs == []
    assert len(app.asked) > 5
    assert app.strangers() == []


def test_the_notebooks_variables_are_not_offered(app: App) -> None:
    """Of functions the gallery, of tables and variables none; and nobody exports their code."""
    collectors = app.panel("Collectors")
    options = collectors.get_by_label("processor", exact=True).locator("option")
    options.nth(3).wait_for(state="attached")
    assert [each for each in options.all_inner_texts() if "(gallery)" not in each] == []
    assert collectors.get_by_role("button", name="Export", exact=True).is_hidden()
    send = app.panel("Send")
    send.get_by_role("button", name="variable", exact=True).click()
    send.locator(".ec-note", has_text="not offered in an app").wait_for()
    options = send.get_by_label("variable", exact=True).locator("option")
    becomes(
        app.page,
        lambda: [each.split() for each in options.all_inner_texts()],
        [["none", "yet"]],
    )
    send.get_by_role("button", name="JSON", exact=True).click()


def test_every_text_of_the_app_can_be_read_and_heard(app: App) -> None:
    """In each tab: the contrast, and what axe-core finds."""
    for title in TABS:
        app.panel(title)
        becomes(app.page, lambda: [*pale_texts(app.playground), *barriers(app.page)], [])
