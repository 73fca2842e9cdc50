"""A collector of very many topics: bounded in its row, told how many there are, opened whole."""

import pytest
from event_collector_widgets import CollectorsPanel
from event_collector_widgets.panels.collectors.listing import FEW, topics
from event_collector_widgets.panels.parts.in_rows import LIMIT
from event_collector_widgets.panels.parts.written import LIMIT as MOST

from event_collector import Collector
from tests.support import in_loop, settle
from tests.widgets.benches import a_bench, collector, double
from tests.widgets.rows import cells

MANY = [f"topic/{number}" for number in range(1_000)]


@in_loop
async def test_many_topics_are_counted_and_a_click_shows_all() -> None:
    """Also where one of them alone is longer than the row; the form has them all."""
    async with a_bench() as bench:
        await bench.put(collector("many", topics=MANY))
        await bench.put(collector("few", topics=MANY[:3]))
        await bench.put(collector("long", topics=["x" * 500]))
        panel = CollectorsPanel(bench)
        told = cells(panel, "many")["topics"]
        begins = "runs double · 1,000 topics, a click shows all: topic/0, topic/1, "
        assert told.startswith(begins)
        assert told.endswith(" more")
        assert len(told) < 2 * FEW + len(begins)
        assert "topics: topic/0, topic/1, topic/2" in cells(panel, "few")["topics"]
        assert cells(panel, "long")["topics"].endswith("x…")
        panel.rows.chosen = "many"
        await settle()
        assert cells(panel, "many")["topics"] == f"runs double · 1,000 topics: {', '.join(MANY)}"
        await panel.edit("many")
        await settle()
        assert "click" not in cells(panel, "many")["topics"]
        assert panel.topics.value.splitlines() == MANY
        assert panel.topics.rows == 8
        panel.rows.chosen = "long"
        await settle()
        assert cells(panel, "long")["topics"] == f"runs double · topic: {'x' * 500}"


@in_loop
async def test_a_row_and_the_plain_form_are_bounded_whatever_the_topics() -> None:
    """A page takes no megabytes for one row."""
    huge = [f"{number}{'x' * 1_000}" for number in range(1_000)]
    async with a_bench() as bench:
        await bench.put(collector("huge", topics=huge))
        panel = CollectorsPanel(bench)
        panel.rows.chosen = "huge"
        await settle()
        told = cells(panel, "huge")["topics"]
        assert len(told) < MOST + 100
        assert told.endswith(" more")
        assert len(panel.static()) < 2_000
        assert "more" in panel.static()


@pytest.mark.parametrize(
    ("given", "limit", "said"),
    [
        (["a", "b"], None, "a, b"),
        (["a, b", "c"], LIMIT, "'a, b', c"),
        (["abc", "def", "ghi"], 8, "abc, def and 1 more"),
        (["abcdefghijkl", "b"], 8, "abcdefg… and 1 more"),
        ([], 8, ""),
    ],
)
def test_topics_in_a_line_and_how_many_are_left_out(
    given: list[str], limit: int | None, said: str
) -> None:
    assert topics(Collector("x", double, topics=given), limit) == said
