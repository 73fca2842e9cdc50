"""How wide a text is in a picture that cannot ask the page for it."""

import re
from pathlib import Path

import matplotlib
import pytest
from event_collector_widgets.motion.still import still
from event_collector_widgets.motion.strips import strips
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.widths import fitting, width
from PIL import ImageFont

from tests.widgets.motion.histories import a_long_line

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
TEXTS = (
    "WWWWWWWWWW",
    "illillilli",
    "{'temp': 12.5}",
    "Größe, ÄÖÜ",
    "Ωμέγα",
    "щука ЩШЖ",
    "a…b ✓ ✗",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("bold", "name"), [(False, "DejaVuSans"), (True, "DejaVuSans-Bold")])
def test_no_text_is_wider_than_is_said(text: str, bold: bool, name: str) -> None:
    """In a font that is among the widest; and it is not said to be wider by more than half."""
    real = ImageFont.truetype(str(FONTS / f"{name}.ttf"), 1_000).getlength(text) * 13 / 1_000
    assert real * 0.97 <= width(text, bold=bold) <= 1.5 * real


@pytest.mark.parametrize("text", [*TEXTS, "日本語テキスト", "😀😀😀😀😀😀"])
def test_what_is_cut_fits(text: str) -> None:
    """What fits is left as it is."""
    assert fitting(text, width(text)) == text
    for room in (20, 35, 50):
        cut = fitting(text, room)
        assert width(cut) <= room
        assert cut.removesuffix("…") == text[: len(cut.removesuffix("…"))]


@pytest.mark.parametrize("drawn", ["still", "strips"])
def test_no_text_runs_out_of_a_token(drawn: str) -> None:
    """Wide capitals are cut earlier than other letters; a token of strips grows for them."""
    trace = Trace.of(a_long_line(6, "W" * 30))
    svg = still(trace) if drawn == "still" else strips({"W" * 30: trace})
    boxes = [
        tuple(map(float, box))
        for box in re.findall(
            r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg
        )
    ]
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)".*? font-weight="(\d+)">(W+…)</text>', svg)
    assert len(found) >= 3
    for x, y, weight, text in found:
        around = [
            box
            for box in boxes
            if box[0] < float(x) < box[0] + box[2] and box[1] < float(y) < box[1] + box[3]
        ]
        right = min(left + wide for left, _, wide, _ in around)
        assert float(x) + width(text, bold=int(weight) >= 600) <= right
