"""Half a pair of surrogates in any text: no message to the page may fail for it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest
from event_collector_widgets import Prediction, Workbench
from event_collector_widgets.panels.parts.live import Rows
from event_collector_widgets.panels.playground import Playground

from event_collector import Collector, Context, Delivery, Ok, Payload, Result
from tests.support import in_loop
from tests.widgets.benches import a_bench, double, eventually, everything_in

WIDGETS = Path(__file__).parents[3] / "widgets" / "event_collector_widgets"

HALF = "half \ud800"


@pytest.fixture
def quiet() -> Iterator[None]:
    """No log lines: a report with half a pair in it cannot be passed on between processes."""
    logger = logging.getLogger("event_collector")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(before)


def _unsendable(box: w.Widget) -> list[str]:
    """The traits that a kernel cannot send."""
    found = []
    for widget in everything_in(box):
        for name, value in widget.get_state().items():
            try:
                json.dumps(value, default=str, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                found.append(f"{type(widget).__name__}.{name}")
    return found


@in_loop
async def test_half_a_pair_as_key_topic_name_and_value_can_be_shown(quiet: None) -> None:
    """In the rows, an event in full, the forms, a trial's sides, and the static form."""

    async def speaks(payload: Payload[Any], ctx: Context) -> Result:
        return Ok({HALF: payload.value})

    async def fails(payload: Payload[Any], ctx: Context) -> Result:
        raise ValueError(HALF)

    names: dict[str, Any] = {HALF: [{HALF: HALF}] * 2, "fails": fails}
    async with a_bench(HALF, namespace=names) as bench:
        await bench.put(Collector(HALF, speaks, topics=[HALF], ctx=Context(**{HALF: HALF})))
        playground = Playground(bench)
        event = await bench.send(Payload(HALF, Delivery.TOPIC, topics=[HALF]))
        await event.wait()
        for panel in playground.panels:
            panel.refresh()
        playground.results.show(event.id)
        await playground.collectors.edit(HALF)
        playground.send.value.source.value = "variable"
        tried = playground.try_out
        tried.form.collector.value, tried.form.processor.value = HALF, "fails"
        await tried.try_out()
        tried.view.rows.chosen = "0"
        await eventually(lambda: tried.view.sides.parts)
        assert _unsendable(playground) == []
        playground._repr_mimebundle_()["text/html"].encode()
        assert playground.collectors.form.name() == HALF


def test_half_a_pair_in_a_question_of_the_course_can_be_shown() -> None:
    """In the question, its options, the answer, and what it is scored against."""
    for prediction in (Prediction(HALF, [HALF, "other"]), Prediction(HALF)):
        prediction.answer = HALF
        prediction.score(HALF)
        assert _unsendable(prediction) == []
        bundle = prediction._repr_mimebundle_()
        (bundle[0] if isinstance(bundle, tuple) else bundle)["text/plain"].encode()


@in_loop
async def test_half_a_pair_in_a_warning_can_be_shown() -> None:
    """Whatever the workbench warns of, in whatever words."""

    class Warned(Workbench):
        def warnings(self) -> dict[str, str]:
            return dict.fromkeys(("closed", "paused", "full", "blocked"), HALF)

    bench = Warned("warned", namespace={})
    try:
        playground = Playground(bench)
        assert _unsendable(playground) == []
        assert all("\\ud800" in panel.warning.value for panel in playground.panels[:4])
    finally:
        await bench.close()


def test_every_text_in_html_goes_through_one_function() -> None:
    """Whoever escapes by hand forgets what cannot go to the page."""
    homes = [WIDGETS / "panels", WIDGETS / "course"]
    texts = {path: path.read_text("utf-8") for home in homes for path in home.rglob("*.py")}
    assert [path.name for path in texts if "html import escape" in texts[path]] == ["menus.py"]


@in_loop
async def test_a_row_is_told_by_its_own_key_though_the_page_has_another_form_of_it() -> None:
    """A click on the row's button reaches the collector of that key."""
    async with a_bench() as bench:
        await bench.put(Collector(HALF, double))
        asked: list[tuple[str, str]] = []
        rows = Playground(bench).collectors.rows
        assert isinstance(rows, Rows)
        rows.on_action(lambda do, key: asked.append((do, key)))
        rows._handle_custom_msg({"do": "edit", "key": rows.rows[0]["key"]}, [])
        assert asked == [("edit", HALF)]
