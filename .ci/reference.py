"""The API reference: a page for each public module, made from its docstrings with pdoc.

    python .ci/reference.py [FOLDER]

FOLDER is build/reference unless given; an earlier reference in it is replaced, anything else is not
touched. The exit code is 1 if pdoc warns of anything, such as an annotation that leads nowhere, and
2 if the folder holds something else.
"""

import importlib
import pkgutil
import shutil
import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.doc
import pdoc.render

ROOT = Path(__file__).parent.parent
PACKAGES = ("event_collector", "event_collector_widgets")
APART = {"event_collector.inputs": ["http", "mqtt"]}
"""What a room has that is imported by its own name alone, as it is for those who need it."""


def public_modules(package: str) -> list[str]:
    """The modules and rooms of a package that have no underscore.

    What a room shows of itself, its `__all__` tells; without one, its own modules have pages too.
    """
    places = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(places))
    return [f"{package}.{name}" for name in names if not name.startswith("_")]


def make(folder: Path) -> list[str]:
    """Write the pages; return the names of the modules that were asked for."""
    pdoc.render.configure(docformat="google", footer_text="event-collector-toolkit")
    asked: list[str] = []
    for package in PACKAGES:
        front = pdoc.doc.Module.from_name(package)
        for name in front.obj.__all__:
            getattr(front.obj, name)  # what is imported lazily is there from now on
        inner = public_modules(package)
        # A package's `__all__` has no modules in it, so pdoc would list none on its page.
        front.submodules = [pdoc.doc.Module.from_name(name) for name in inner]
        asked += [package, *inner]
    for room, names in APART.items():
        apart = [f"{room}.{name}" for name in names]
        pdoc.doc.Module.from_name(room).submodules = [
            pdoc.doc.Module.from_name(each) for each in apart
        ]
        asked += apart
    shutil.rmtree(folder, ignore_errors=True)
    pdoc.pdoc(*asked, output_directory=folder)
    return asked


def main() -> int:
    """Make the reference, and say what pdoc warned of."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "reference"
    if folder.exists() and any(folder.iterdir()) and not (folder / "search.js").exists():
        sys.stderr.write(f"{folder} holds something else than a reference; give another folder\n")
        return 2
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        make(folder)
    for warning in warned:
        sys.stderr.write(f"{warning.category.__name__}: {warning.message}\n")
    pages = len(list(folder.rglob("*.html")))
    sys.stdout.write(f"{folder / 'index.html'}: {pages} pages, warnings: {len(warned)}\n")
    return 1 if warned else 0


if __name__ == "__main__":
    sys.exit(main())
