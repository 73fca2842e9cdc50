"""One browser and one JupyterLab for all browser tests; each test has a notebook and a kernel."""

import os
import shutil
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by playwright."""
    missing = ""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed: pip install playwright"
    if CHROMIUM is None:
        missing = "no chromium: apt-get install chromium"
    if missing and REQUIRED:
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over an empty folder."""
    with a_lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def pages(browser: Any, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens pages: `pages(cells, width=1400, height=900, theme="JupyterLab Light")`.

    The notebook of these cells is opened with a kernel of its own and run to the end. When the
    test fails, a picture of each page is kept.
    """
    opened: list[Page] = []

    def open_page(*cells: str, **options: Any) -> Page:
        name = f"{request.node.name.split('[')[0][:60]}_{len(opened)}.ipynb"
        page = Page(browser, lab, name, **options)
        opened.append(page)
        page.open(*cells)
        return page

    failed_before = request.session.testsfailed
    yield open_page
    for place, page in enumerate(opened):
        if request.session.testsfailed > failed_before:
            page.shot(SHOTS / f"{request.node.name}_{place}.png".replace("/", "-"))
        page.close()
    assert SECONDS  # how long each state may take


def a_copy(lab: Lab, notebook: Path) -> str:
    """Put a copy of a notebook into the server's folder; return its name."""
    shutil.copy(notebook, lab.root / notebook.name)
    return notebook.name
