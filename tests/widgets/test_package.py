"""The package: what each import loads, and what is asked for later."""

import os
import subprocess
import sys
from pathlib import Path

import event_collector_widgets
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "event_collector_widgets"
INSTALLED = (
    "event_collector IPython anywidget ipywidgets matplotlib nest_asyncio2 numpy pandas traitlets"
)

MODEL = (
    "again changes controls defining event_collector export failures faults gallery gauges "
    "given imports in_notebook kernel names namespace notices numbers offers output resent "
    "searching selection sendings shown trial workbench"
)
PARTS = "ipywidgets IPython traitlets anywidget panels panels.parts"
SEND = f"{PARTS} panels.panel panels.send tables twins uploads"
PLAYGROUND = (
    f"{SEND} panels.collectors panels.figures panels.pictures panels.playground panels.queue "
    "panels.results panels.try_out exports matches pictures selection numpy pandas"
)

SHOW = """
import asyncio
async def main():
    bench = Workbench()
    print(*loaded())
    shown = bench._repr_mimebundle_()
    print((shown[0] if isinstance(shown, tuple) else shown)["text/plain"])
    await bench.close()
asyncio.run(main())
"""


def run(code: str) -> list[str]:
    """Run code in a Python of its own, where `loaded()` names what counts; return its lines."""
    setup = f"""
import sys
def loaded():
    names = {{name for name in sys.modules if name in {INSTALLED.split()!r}}}
    for name in sys.modules:
        package, _, inner = name.partition(".")
        if package == "{PACKAGE}" and inner:
            deep = 2 if inner.startswith(("panels.", "course.")) else 1
            names.add(".".join(inner.split(".")[:deep]))
    return sorted(names)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "widgets")])}
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", setup + code],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout.splitlines()


LOADS = {
    f"import {PACKAGE}": "",
    f"from {PACKAGE} import Workbench": MODEL,
    f"from {PACKAGE} import echo, run_sync": "event_collector gallery kernel",
    f"from {PACKAGE} import CheckError, check": ("event_collector course course.checks"),
    f"from {PACKAGE} import Prediction": (
        f"{PARTS} event_collector kernel course course.prediction"
    ),
    f"from {PACKAGE} import Animation": f"{MODEL} {PARTS} motion",
    f"from {PACKAGE} import Trace": "event_collector motion",
    f"from {PACKAGE} import SendPanel": f"{MODEL} {SEND}",
    f"from {PACKAGE} import Playground": f"{MODEL} {PLAYGROUND}",
    f"from {PACKAGE} import pictures": "event_collector pictures numpy pandas",
    f"import {PACKAGE}.learners": "event_collector learners course course.learners",
    f"from {PACKAGE} import load_ipython_extension": "guard",
    f"from {PACKAGE}.guard import close, expect_errors": "guard",
    f"import {PACKAGE}.guard.loaded": "failures guard imports kernel",
}
"""What is loaded: modules, and of rooms their names."""


@pytest.mark.parametrize("statement", LOADS)
def test_an_import_loads_what_it_needs_and_no_more(statement: str) -> None:
    """By itself nothing, and the guard not even the engine."""
    (line,) = run(f"{statement}\nprint(*loaded())")
    assert set(line.split()) == set(LOADS[statement].split())


@pytest.mark.parametrize("module", [PACKAGE, f"{PACKAGE}.workbench"])
def test_a_workbench_loads_the_panels_when_it_is_displayed(module: str) -> None:
    """Wherever it was imported from."""
    before, shown, after = run(f"from {module} import Workbench{SHOW}print(*loaded())")
    assert set(before.split()) - {"IPython", "traitlets"} == set(MODEL.split())
    assert shown == "Playground(Workbench('bench', []))"
    assert set(after.split()) == set(f"{MODEL} {PLAYGROUND}".split())


def test_every_public_name_is_there_and_listed() -> None:
    """Those that are imported when asked for too; asked again, it is the same."""
    names = event_collector_widgets.__all__
    assert set(names) <= set(dir(event_collector_widgets))
    for name in names:
        found = getattr(event_collector_widgets, name)
        assert found.__name__ == name
        assert getattr(event_collector_widgets, name) is found
    listed, all_ = run(
        f"import {PACKAGE}\nprint(*dir({PACKAGE}))\n"
        f"names = {{}}\nexec('from {PACKAGE} import *', names)\nprint(*names)"
    )
    assert set(names) <= set(listed.split())
    assert set(all_.split()) == {"__builtins__", *names}


def test_an_unknown_name_is_an_error_as_in_any_module() -> None:
    """An AttributeError or an ImportError, to a type checker too."""
    with pytest.raises(AttributeError, match=f"module '{PACKAGE}' has no attribute 'nonsense'"):
        event_collector_widgets.nonsense  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'nonsense'"):
        from event_collector_widgets import nonsense  # type: ignore[attr-defined]  # noqa: F401
