"""The modules of the page as one: nothing of them is lost, and nothing stands in the way."""

import re
from collections import Counter

from event_collector_widgets.motion.bundle import STATIC, joined

TOP = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def test_no_two_modules_have_a_name_in_common() -> None:
    """Put together they are one scope; the two widgets never are."""
    names: Counter[str] = Counter()
    for path in STATIC.glob("*.js"):
        if path.stem != "together_widget":
            names.update(TOP.findall(path.read_text("utf-8")))
    assert {name for name, count in names.items() if count > 1} == set()
    assert names["frameAfter"] == 1


def test_each_module_stands_after_those_that_it_needs() -> None:
    """And no import is left, which a single script could not follow."""
    script = joined("widget")
    assert not re.search(r"^\s*import ", script, re.MULTILINE)
    assert script.index("function gets(") < script.index("function frameAfter(")
    assert script.rstrip().endswith("export default { render };")


def test_no_module_is_left_out() -> None:
    """All that lies there is part of one of the widgets."""
    both = joined("widget") + joined("together_widget")
    for path in STATIC.glob("*.js"):
        first = TOP.findall(path.read_text("utf-8"))[0]
        assert re.search(rf"\b{first}\b", both), path.name


def test_the_modules_ask_for_nothing_and_make_no_html() -> None:
    """No network, no innerHTML: what was sent is shown as text."""
    for path in STATIC.glob("*.js"):
        text = path.read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", text)
        assert not re.search(
            r"\bfetch\(|XMLHttpRequest|WebSocket|import\(|https?://(?!www\.w3)", text
        )


def test_no_file_is_longer_than_a_reader_can_keep_in_mind() -> None:
    """350 lines, as everywhere in the house."""
    for path in STATIC.glob("*.js"):
        assert len(path.read_text("utf-8").splitlines()) <= 350, path.name
