"""One browser and one JupyterLab for all browser tests; each test has a notebook and a kernel."""

import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab import FLAGS, ROOT, SECONDS, Lab, a_lab
from tests.browser.pages import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

REQUIRED = os.environ.get("BROWSER") == "required"
"""Whether a missing browser is a failure: where all checks are made, none may be skipped."""

SHOTS = ROOT / ".pytest_cache" / "browser"
"""Where the picture of a page is kept whose test has failed."""

OPEN: list[Page] = []
"""The pages that are open."""

NUMBERS = itertools.count()
"""One for each notebook."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path, where there is one and what drives it."""
    missing = "" if CHROMIUM else "no chromium: apt-get install chromium"
    if find_spec("playwright") is None:
        missing = "playwright is not installed: pip install playwright"
    if missing and REQUIRED:
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    assert CHROMIUM is not None
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Debian's chromium, driven by playwright.

    One for each file: while it is there, playwright's event loop runs in this thread, and no test
    of another kind that comes next in this process could run a loop of its own.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=FLAGS, timeout=SECONDS * 1000
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over an empty folder."""
    with a_lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def pages(browser: Any, lab: Lab) -> Iterator[Callable[..., Page]]:
    """Opens pages: `pages(cells, width=1400, height=900, theme="JupyterLab Light")`.

    The notebook of these cells is opened with a kernel of its own and run to the end.
    """
    with opening(browser, lab) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def shared_pages(browser: Any, lab: Lab) -> Iterator[Callable[..., Page]]:
    """The same for pages that the tests of a file share; each test leaves its page in order."""
    with opening(browser, lab) as open_page:
        yield open_page


@contextmanager
def opening(browser: Any, lab: Lab) -> Iterator[Callable[..., Page]]:
    """Open pages, and close them at the end."""
    opened: list[Page] = []

    def open_page(*cells: str, **options: Any) -> Page:
        page = Page(browser, lab, f"notebook_{next(NUMBERS)}.ipynb", **options)
        opened.append(page)
        OPEN.append(page)
        page.open(*cells)
        return page

    with ExitStack() as closing:  # one that cannot be closed does not keep the others
        yield open_page
        for page in opened:
            OPEN.remove(page)
            closing.callback(page.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of each open page when a test fails."""
    report = yield
    if report.failed:
        for place, page in enumerate(OPEN):
            with suppress(Exception):  # a page that has crashed has no picture
                page.shot(SHOTS / f"{item.name}_{place}.png".replace("/", "-"))
    return report


def a_copy(lab: Lab, notebook: Path) -> str:
    """Put a copy of a notebook into the server's folder; return its name."""
    shutil.copy(notebook, lab.root / notebook.name)
    return notebook.name
