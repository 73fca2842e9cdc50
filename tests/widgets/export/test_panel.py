"""The Export button of the Collectors panel: where it is, and that the code comes first."""

from pathlib import Path

import pytest
from event_collector_widgets import CollectorsPanel

from tests.support import in_loop
from tests.widgets.benches import a_bench
from tests.widgets.export.exported import ECHO, Notebook
from tests.widgets.kernels import Kernel

PANEL = """
from event_collector_widgets import CollectorsPanel
panel = CollectorsPanel(bench)
form = panel.export_form
def seen(part): return part.layout.display != "none"
"""


@pytest.fixture
def notebook(shared: Kernel, tmp_path: Path) -> Notebook:
    """A notebook with a collector and its panel, in a folder of its own."""
    made = Notebook(shared, tmp_path)
    made.run(f"import os; os.chdir({str(tmp_path)!r})", ECHO, PANEL)
    return made


def test_a_click_shows_the_code_first_and_another_writes_it(notebook: Notebook) -> None:
    """What is written is what is seen; then stands there the call that does the same."""
    ask = notebook.kernel.run
    assert ask("print(seen(form.button), seen(form))").out == "True False\n"
    ask("await panel.show_export()")
    said = "print(seen(form.button), seen(form), form.path.value, os.listdir())"
    assert ask(said).out == "False True bench.py []\n"
    assert "def make_queue() -&gt; CollectorQueue:" in ask("print(form.code.value)").out
    ask("form.path.value = 'weather.py'")
    assert ask("await panel.write_export()").out == ""
    assert ask("print(panel.status.text)").out == "wrote weather.py: 1 collector\n"
    assert ask("print(panel.code_line.code)").out == "bench.export('weather.py')\n"
    shown = ask("import html; print(html.unescape(form.code.value))").out
    assert notebook.module.read_text("utf-8") in shown
    ask("await panel.close_export()")
    assert ask("print(seen(form.button), seen(form))").out == "True False\n"


def test_an_existing_file_is_replaced_only_when_that_is_ticked(notebook: Notebook) -> None:
    """And the tick is gone afterwards."""
    ask = notebook.kernel.run
    ask("await panel.show_export()\nform.path.value = 'weather.py'\nawait panel.write_export()")
    again = ask("await panel.write_export()").error
    assert again.startswith("FileExistsError: 'weather.py' exists already; press Overwrite")
    ask("form.overwrite.value = True\nawait panel.write_export()")
    assert ask("print(panel.code_line.code, form.overwrite.value)").out == (
        "bench.export('weather.py', overwrite=True) False\n"
    )


def test_code_that_has_changed_since_is_shown_before_it_is_written(notebook: Notebook) -> None:
    """A cell was run again while the form was open: nothing is written that nobody has seen."""
    ask = notebook.kernel.run
    ask("await panel.show_export()\nform.path.value = 'weather.py'")
    notebook.run(ECHO.replace("payload.value", "[payload.value]"))
    ask("await panel.write_export()")
    assert ask("print(panel.status.text, os.listdir(), panel.code_line.code)").out == (
        "the code has changed since it was shown: look at it, and press Write again [] \n"
    )
    assert "[payload.value]" in ask("print(form.code.value)").out
    ask("await panel.write_export()")
    assert "[payload.value]" in notebook.module.read_text("utf-8")


def test_what_is_in_the_way_is_said_in_the_panel(notebook: Notebook) -> None:
    """And the form does not open."""
    ask = notebook.kernel.run
    notebook.run(ECHO.replace("payload.value", "display(1)"))
    ask("panel.start(panel.show_export)")
    said = ask("print(panel.status.kind, panel.status.text, seen(form))").out
    assert said.startswith("error ")
    assert "uses 'display', which shows things in a notebook only" in said
    assert said.endswith(" False\n")


def test_the_form_closes_when_the_workbench_is_made_again(notebook: Notebook) -> None:
    """Its code was that of another."""
    ask = notebook.kernel.run
    ask("await panel.show_export()")
    ask("bench = Workbench()")
    assert ask("print(seen(form.button), seen(form))").out == "True False\n"


def test_it_is_not_in_an_app_nor_without_a_namespace(notebook: Notebook) -> None:
    """Visitors must not see the notebook's code."""
    ask = notebook.kernel.run
    ask("os.environ['SERVER_SOFTWARE'] = 'voila/0.5'\npanel.refresh()")
    assert ask("print(seen(form.button))").out == "False\n"
    ask("del os.environ['SERVER_SOFTWARE']")
    ask("other = Workbench('other', namespace={})\npanel = CollectorsPanel(other)")
    assert ask("print(seen(panel.export_form.button))").out == "False\n"
    ask("await other.close()")


@in_loop
async def test_it_is_not_outside_a_notebook() -> None:
    """There are no cells to write."""
    async with a_bench(namespace={"x": 1}) as bench:
        assert CollectorsPanel(bench).export_form.button.layout.display == "none"
