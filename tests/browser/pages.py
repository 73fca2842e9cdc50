"""A notebook on a page of JupyterLab, and what a person does there."""

import json
import re
from pathlib import Path
from typing import Any

from tests.browser.lab import SECONDS, Lab, open_notebook, set_theme

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
        self.page.set_default_timeout(SECONDS * 1000 / 3)
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
            (self.lab.root / self.name).write_text(json.dumps(_notebook(cells)))
        set_theme(self.lab.root, self.theme)
        open_notebook(self.page, self.lab, self.name)
        self.page.wait_for_timeout(500)
        self.page.keyboard.press("Control+b")  # the side bar makes room
        self.run_all()

    def run_all(self) -> None:
        """Run all cells, and wait until each has run."""
        before = self._runs()
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(
            """([before, prompts]) => {
                const now = [...document.querySelectorAll(prompts)].map(e => e.textContent.trim());
                return now.length > 0 && now.every(
                    (text, i) => /^\\[\\d+\\]:$/.test(text) && text !== before[i]);
            }""",
            arg=[before, ".jp-CodeCell .jp-InputPrompt"],
            timeout=SECONDS * 1000,
        )

    def save(self) -> None:
        """Save the notebook, and wait until it is."""
        self.menu("File")
        name = re.compile(r"^Save Notebook(?! As)")
        self.page.get_by_role("menuitem", name=name).first.click()
        self.page.locator(".jp-mod-dirty").wait_for(state="detached")

    def reload(self) -> None:
        """Save, reload the page, and wait for the panels."""
        self.save()
        open_notebook(self.page, self.lab, self.name)
        self.page.locator(".ec-playground").first.wait_for(timeout=SECONDS * 1000)

    def restart(self) -> None:
        """Clear the outputs, restart the kernel, and wait until it is there."""
        self.menu("Edit", "Clear Outputs of All Cells")
        self.menu("Kernel")
        self.page.get_by_role(
            "menuitem", name=re.compile(r"^Restart Kernel(…|\.\.\.)")
        ).first.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        self.page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=SECONDS * 1000)
        self.page.wait_for_timeout(1000)

    def reopen(self) -> None:
        """Save it, end its kernel, and open it again as it was saved, with a kernel anew."""
        self.save()
        self.end_kernel()
        open_notebook(self.page, self.lab, self.name)

    def _runs(self) -> list[str]:
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt")
        return [text.strip() for text in prompts.all_inner_texts()]

    def run_cell(self, place: int, *, wait: bool = True) -> None:
        """Run a cell again, as Shift-Enter in it does, and wait for its end unless told not to."""
        before = self._runs()[place]
        self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(place).click()
        self.page.keyboard.press("Control+Enter")
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
        cell = self.page.locator(".jp-CodeCell").nth(place)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Escape")

    def menu(self, *names: str) -> None:
        """Choose an item of a menu."""
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).first.click()

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
        if tab.count():
            tab.click()
        return self.playground.locator(f'.ec-panel[aria-label="{title}"]')

    def says(self, panel: Any, pattern: str) -> str:
        """Wait until a panel's own line says something; return all of it."""
        return self.sees(panel, ".ec-status > div", pattern)

    def rows(self, panel: Any) -> Any:
        """The rows of a panel's table."""
        return panel.locator(".ec-grid tbody tr")

    def press(self, panel: Any, name: str) -> None:
        """Click on a button."""
        panel.get_by_role("button", name=name, exact=True).click()

    def field(self, panel: Any, label: str) -> Any:
        """A field, by its label."""
        return panel.get_by_label(label, exact=True)

    def write(self, panel: Any, label: str, text: str) -> None:
        """Write into a field, and leave it."""
        self.field(panel, label).fill(text)
        self.field(panel, label).press("Tab")

    def choose(self, panel: Any, label: str, option: str) -> None:
        """Choose in a menu by what it shows, as soon as it is offered."""
        self.field(panel, label).select_option(label=option)

    def sees(self, panel: Any, selector: str, pattern: str = "") -> str:
        """Wait until something that is in sight says something; return all of it."""
        found = panel.locator(f"{selector}:visible").filter(has_text=re.compile(pattern)).first
        try:
            found.wait_for()
        except Exception as exc:
            there = panel.locator(f"{selector}:visible").all_inner_texts()
            raise AssertionError(f"nothing says {pattern!r} of {there}") from exc
        said: str = found.inner_text()
        return said

    def code(self, panel: Any, pattern: str = "") -> str:
        """Wait until the code under the buttons says something; return all of it, folded or not."""
        lines = panel.locator(".ec-codeline:visible")
        code = lines.locator(".ec-code", has_text=re.compile(pattern)).first
        code.wait_for(state="attached")
        said: str = code.text_content()
        return said

    def ask(self, code: str) -> str:
        """Run code in the last cell, and return what stands under it."""
        last = self.page.locator(".jp-CodeCell").count() - 1
        self.write_cell(last, code)
        self.run_cell(last)
        return self.output(last).strip()

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


def _notebook(cells: tuple[str, ...]) -> dict[str, Any]:
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [{**code, "id": f"cell-{n}", "source": cell} for n, cell in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
