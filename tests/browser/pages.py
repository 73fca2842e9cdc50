"""A notebook on a page of JupyterLab, and what a person does there."""

import itertools
import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from event_collector_widgets.panels.parts.questions import DOUBLE_CLICK

from tests.browser.cells import notebook_of
from tests.browser.lab import SECONDS, Lab, open_notebook, set_theme
from tests.browser.looks import TABS
from tests.browser.scripts import EMPTY, LISTEN, RESTARTED, RUN, SINCE, WRITE
from tests.browser.waiting import becomes

SIGNS = itertools.count()
"""One for each sign that a kernel waits for."""

BENCH = """
from event_collector import Collector, Context, Delivery, Error, Ok, Payload, Result
from event_collector_widgets import Workbench
bench = Workbench({options})
"""
"""The first cell of most notebooks."""


class Page:
    """A notebook, opened and run, and the panels in it.

    Args:
        browser: The browser.
        lab: The server.
        name: The notebook's file name.
        width: Pixels.
        height: Pixels.
        theme: The theme's name.
        zoom: By which the page is enlarged, as Ctrl and + do it.
    """

    def __init__(
        self,
        browser: Any,
        lab: Lab,
        name: str,
        *,
        width: int = 1400,
        height: int = 900,
        theme: str = "JupyterLab Light",
        zoom: float = 1.0,
    ) -> None:
        self.lab = lab
        self.name = name
        self.theme = theme
        # A page that is enlarged by half has two thirds of the pixels to lay itself out in.
        view = {"width": round(width / zoom), "height": round(height / zoom)}
        self.page = browser.new_page(viewport=view, device_scale_factor=zoom)
        self.page.set_default_timeout(SECONDS * 1000)
        self.complaints: list[str] = []
        """What the page says went wrong in it."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("dialog", self._alarm)

    def _listen(self, message: Any) -> None:
        text = f"{message.text} ({message.location.get('url')})"
        if message.type == "error" and "404" not in text and "favicon" not in text:
            self.complaints.append(text)

    def _alarm(self, dialog: Any) -> None:
        if dialog.type == "beforeunload":  # JupyterLab's own, of a notebook that is not saved
            dialog.accept()
            return
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, *cells: str) -> None:
        """Write a notebook of these cells, open it, and run it to the end; no cells: open it."""
        if cells:
            (self.lab.root / self.name).write_text(json.dumps(notebook_of(cells)))
        set_theme(self.lab.root, self.theme)
        open_notebook(self.page, self.lab, self.name)
        self.page.wait_for_timeout(500)
        self.make_room()
        self.run_all()
        self.make_room()  # where the side bar has come late

    def make_room(self) -> None:
        """Have the side bar make room, if it is there."""
        bar = self.page.locator("#jp-left-stack")
        for _ in range(5):
            if bar.is_hidden():
                return
            self.page.keyboard.press("Control+b")
            with suppress(Exception):  # the page did not hear keys yet
                bar.wait_for(state="hidden", timeout=10_000)

    def run_all(self) -> None:
        """Run all cells, and wait until each has run."""
        prompts = ".jp-CodeCell .jp-InputPrompt"
        self.page.evaluate(  # of a restarted kernel the numbers to come are those of before
            "prompts => document.querySelectorAll(prompts).forEach(e => e.textContent = '[ ]:')",
            prompts,
        )
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(
            """prompts => {
                const now = [...document.querySelectorAll(prompts)].map(e => e.textContent.trim());
                return now.length > 0 && now.every(text => /^\\[\\d+\\]:$/.test(text));
            }""",
            arg=prompts,
            timeout=SECONDS * 1000,
        )

    def save(self) -> None:
        """Save the notebook, and wait until it is."""
        file = self.lab.root / self.name
        before = file.stat().st_mtime_ns
        self.menu("File", re.compile(r"^Save Notebook(?! As)"))
        becomes(self.page, lambda: file.stat().st_mtime_ns != before)
        self.page.locator(".jp-mod-dirty").wait_for(state="detached")

    def reload(self) -> None:
        """Save, reload the page, and wait for the panels."""
        self.save()
        self.open_again()
        self.page.locator(".ec-playground").first.wait_for(timeout=SECONDS * 1000)

    def restart(self) -> None:
        """Restart the kernel and keep the outputs, as a person does, and wait until it is there."""
        self.page.evaluate(LISTEN)  # the kernel of before is idle for a while yet
        self.menu("Kernel")
        self.page.get_by_role(
            "menuitem", name=re.compile(r"^Restart Kernel(…|\.\.\.)")
        ).first.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        self.page.wait_for_function(RESTARTED, timeout=SECONDS * 1000)

    def reopen(self) -> None:
        """Save it, end its kernel, and open it again as it was saved, with a kernel anew."""
        self.save()
        self.end_kernel()
        self.open_again()

    def open_again(self) -> None:
        """Load its page again, as it was saved."""
        open_notebook(self.page, self.lab, self.name)

    def _runs(self) -> list[str]:
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt")
        return [text.strip() for text in prompts.all_inner_texts()]

    def run_cell(self, place: int, *, wait: bool = True) -> None:
        """Run a cell again, as Ctrl-Enter in it does, and wait for its end unless told not to."""
        before = self._runs()[place]
        self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(place).click()
        self.page.evaluate(RUN, place)
        if wait:
            self.page.wait_for_function(
                """([place, before, prompts]) => {
                    const text = document.querySelectorAll(prompts)[place].textContent.trim();
                    return /^\\[\\d+\\]:$/.test(text) && text !== before;
                }""",
                arg=[place, before, ".jp-CodeCell .jp-InputPrompt"],
            )

    def write_cell(self, place: int, code: str) -> None:
        """Write other code into a cell."""
        self.page.evaluate(WRITE, [place, code])

    def menu(self, *names: str | re.Pattern[str]) -> None:
        """Choose an item of a menu; again, where the menu has closed because the focus went."""
        for last in (False, True):
            try:
                for name in names:
                    item = self.page.get_by_role("menuitem", name=name, exact=True).first
                    item.click(timeout=SECONDS * (1000 if last else 250))
            except Exception:
                if last:
                    raise
                self.page.keyboard.press("Escape")
            else:
                return

    def output(self, place: int) -> str:
        """What stands under a cell, as text."""
        texts: list[str] = (
            self.page.locator(".jp-CodeCell").nth(place).locator(".jp-OutputArea-output")
        ).all_inner_texts()
        return "\n".join(texts)

    # Panels

    @property
    def playground(self) -> Any:
        """The playground, scrolled to."""
        found = self.page.locator(".ec-playground").first
        found.scroll_into_view_if_needed()
        return found

    def panel(self, title: str) -> Any:
        """A panel of the playground, its tab chosen."""
        tab = self.playground.get_by_role("tab", name=title, exact=True)
        found = self.playground.locator(f'.ec-panel[aria-label="{title}"]')
        if title in TABS:  # what comes late is waited for
            tab.click()
        found.wait_for()
        return found

    def says(self, panel: Any, pattern: str) -> str:
        """Wait until a panel's own line says something; return all of it."""
        return self.sees(panel, ".ec-status > div", pattern)

    def rows(self, panel: Any) -> Any:
        """The rows of a panel's table."""
        return panel.locator(".ec-grid tbody tr")

    def press(self, panel: Any, name: str) -> None:
        """Click on a button."""
        panel.get_by_role("button", name=name, exact=True).click()

    def does(self, panel: Any, name: str, pattern: str) -> str:
        """Click on a button, and wait until the panel says this since the click, and not before."""
        panel.evaluate(SINCE)
        self.press(panel, name)
        becomes(self.page, lambda: panel.evaluate("panel => panel.ecSaid > 0"))
        return self.says(panel, pattern)

    def answer(self, panel: Any, name: str) -> None:
        """Click on the button that answers a question, as soon as that is not a double click."""
        panel.get_by_role("button", name=name, exact=True).wait_for()
        self.page.wait_for_timeout(1000 * DOUBLE_CLICK + 100)
        self.press(panel, name)

    def field(self, panel: Any, label: str) -> Any:
        """A field, by its label."""
        return panel.get_by_label(label, exact=True)

    def has(self, panel: Any, label: str, text: str) -> None:
        """Wait until a field has a text."""
        becomes(self.page, self.field(panel, label).input_value, text)

    def write(self, panel: Any, label: str, text: str) -> None:
        """Write into a field, and leave it."""
        self.field(panel, label).fill(text)
        self.field(panel, label).press("Tab")

    def choose(self, panel: Any, label: str, option: str) -> None:
        """Choose in a menu by what it shows, as soon as it is offered."""
        self.field(panel, label).select_option(label=option)

    def sees(self, panel: Any, selector: str, pattern: str = "") -> str:
        """Wait until something that is in sight says something; return all of it."""
        return self._said(panel.locator(f"{selector}:visible"), pattern)[1]

    def _said(self, parts: Any, pattern: str) -> list[str]:
        """Wait until one says something; return its text, in full and as it is seen."""
        found: list[list[str]] = []

        def looks() -> list[str] | str:
            texts = parts.evaluate_all("all => all.map(e => [e.textContent, e.innerText])")
            found[:] = [each for each in texts if re.search(pattern, each[0])]
            return f"it says {pattern!r}" if found else [seen for _, seen in texts]

        becomes(self.page, looks, f"it says {pattern!r}")
        return found[0]

    def code(self, panel: Any, pattern: str = "") -> str:
        """Wait until the code under the buttons says something; return all of it, folded or not."""
        return self._said(panel.locator(".ec-codeline:visible .ec-code"), pattern)[0]

    def ask(self, code: str) -> str:
        """Run code in the last cell, and return what stands under it."""
        last = self.page.locator(".jp-CodeCell").count() - 1
        self.write_cell(last, code)
        self.run_cell(last)
        outputs = self.page.locator(".jp-CodeCell").nth(last).locator(".jp-OutputArea-output")
        becomes(self.page, lambda: outputs.evaluate_all(EMPTY), 0)  # JupyterLab writes them later
        return self.output(last).strip()

    def sign(self) -> Path:
        """The path of a file that is not there, for code in the kernel to wait for."""
        return self.lab.root / f"sign_{next(SIGNS)}"

    def later(self, code: str) -> Callable[[], None]:
        """Have the kernel run a line of code when what is returned is called.

        Neither the mouse nor the focus moves for it, and it comes neither too early nor too late.
        """
        sign = self.sign()
        self.ask(
            "import asyncio, pathlib\n"
            "async def waits():\n"
            f"    while not pathlib.Path({str(sign)!r}).exists():\n"
            "        await asyncio.sleep(0.02)\n"
            f"    {code}\n"
            "waiting = asyncio.ensure_future(waits())"
        )
        return sign.touch

    # The page

    def shot(self, path: Path) -> None:
        """Keep a picture of the page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def close(self) -> None:
        """Close it, and end its kernel."""
        self.end_kernel()
        self.page.close()

    def end_kernel(self) -> None:
        """End its kernel."""
        for session in self.lab.sessions():
            if session["path"] == self.name:
                self.lab.delete(f"api/sessions/{session['id']}")
