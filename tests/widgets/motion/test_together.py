"""Several histories side by side: which can be, and what stands where no kernel runs."""

from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import side_by_side
from event_collector_widgets.motion.trace import Trace

from event_collector import QueueType
from tests.widgets.motion.histories import six_payloads


def test_histories_and_traces_stand_side_by_side() -> None:
    """By name, in the order given."""
    made = side_by_side({"one": six_payloads(), "two": Trace.of(six_payloads(QueueType.LIFO))})
    assert [name for name, _ in made.parts()] == ["one", "two"]
    assert repr(made) == "SideBySide(['one', 'two'])"
    assert made._repr_mimebundle_()[0]["text/html"].count("<svg") == 1


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "a list": ([1, 2], TypeError, "takes a dict of names and histories, got list"),
    "numbers as names": ({1: 1, 2: 2}, TypeError, "takes a dict of names and histories"),
    "one": ({"a": Trace((), None)}, ValueError, "shows two to four histories, got 1"),
    "five": (dict.fromkeys("abcde", Trace((), None)), ValueError, "two to four histories, got 5"),
    "no history": ({"a": 1, "b": 2}, TypeError, "pass a History"),
}


@pytest.mark.parametrize(("sources", "error", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_stand_side_by_side_is_refused(
    sources: Any, error: type[Exception], said: str
) -> None:
    """At once, with what to write."""
    with pytest.raises(error, match=said):
        side_by_side(sources)


def test_they_are_saved_in_one_file(tmp_path: Path) -> None:
    """With all of them in it."""
    made = side_by_side({"<b>": six_payloads(), "two": six_payloads(QueueType.LIFO)})
    page = made.save(tmp_path / "run.html").read_text("ascii")
    assert page.count('"order":"FIFO"') == page.count('"order":"LIFO"') == 1
    assert "<b>" not in page
