"""Notebooks converted to pages keep what the authors wrote for those who do not see a picture."""

import re
from html import unescape
from typing import Any

import nbformat
import pytest
from nbconvert import exporters

from tests.notebooks.test_notebooks import NOTEBOOKS, ROOT, alternative_text

TEMPLATES = ROOT / "widgets" / "nbconvert"
PAINTED = [path for path in NOTEBOOKS if '"image/png": "' in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", PAINTED, ids=lambda path: path.name)
def test_the_alternative_texts_reach_the_html(path: Any) -> None:
    """`jupyter nbconvert --to html --template event-collector`: each picture with its own text."""
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    html: Any = exporters.HTMLExporter
    exporter = html(template_name="event-collector", extra_template_basedirs=[str(TEMPLATES)])
    page, _ = exporter.from_notebook_node(notebook)
    images = re.findall(r"<img\b[^>]*data:image/png[^>]*>", page)
    found = [unescape(alt) for image in images for alt in re.findall(r'alt="([^"]*)"', image)]
    written = [
        alternative_text(cell, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert found == written
    assert written
