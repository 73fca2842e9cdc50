"""What the send panel says before a click: what would be sent, to whom, and what is missing."""

import math
from collections import Counter
from html import escape
from typing import Any

import ipywidgets as w
import pandas as pd
import pytest
from event_collector_widgets import SendPanel, Workbench
from event_collector_widgets.panels.send.reach import Group, groups_of, reach_html
from event_collector_widgets.panels.send.table_rows import of_variable
from event_collector_widgets.panels.send.unchosen import UnchosenError
from event_collector_widgets.tables import Addressing
from hypothesis import given
from hypothesis import strategies as st

from event_collector import Delivery, Explanation, Payload
from tests.support import in_loop, settle
from tests.widgets.benches import NASTY, a_bench, assert_harmless, collector, text

HOURS = [{"city": "seattle" if number % 2 else "sf", "n": number} for number in range(100)]


async def at_hours(bench: Workbench) -> SendPanel:
    """A panel that stands at the table `hours`, by topics from its column `city`."""
    await bench.put(collector("cold", topics=["seattle"]))
    await bench.put(collector("store", topics=["seattle", "sf"]))
    panel = SendPanel(bench)
    panel.value.source.value = "table"
    await settle()
    panel.value.menu.value = "hours"
    panel.names.delivery.value = Delivery.TOPIC
    await settle()
    panel.names.topics_column.value = "city"
    await settle()
    return panel


def told(panel: SendPanel) -> str:
    """The preview as one line."""
    return " ".join(text(panel.preview).split())


@in_loop
async def test_the_button_says_what_it_does_and_can_be_pressed_only_then() -> None:
    """A table of many rows goes by one click, so the button has its number."""
    async with a_bench(namespace={"hours": HOURS, "one": [{"a": 1}]}) as bench:
        panel = await at_hours(bench)
        assert panel.send_button.description == "Send 100 payloads"
        assert not panel.send_button.disabled
        panel.value.menu.value = "one"
        await settle()
        assert panel.send_button.description == "Send 1 payload"
        assert panel.send_button.disabled  # it has no column "city"
        assert "it has no column 'city'" in told(panel)
        panel.value.source.value, panel.names.delivery.value = "JSON", Delivery.BROADCAST
        await settle()
        assert (panel.send_button.description, panel.send_button.disabled) == ("Send", False)
        panel.copies.value = "3"
        await settle()
        assert panel.send_button.description == "Send 3 copies"
        panel.copies.value = "0"
        await settle()
        assert panel.send_button.disabled
        panel.copies.value, panel.value.text.value = "1", "{"
        await settle()
        assert (panel.send_button.description, panel.send_button.disabled) == ("Send", True)


@in_loop
async def test_what_reaches_nobody_is_warned_of_and_may_be_sent() -> None:
    """Undelivered is legal: decision 14."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = SendPanel(bench)
        panel.names.delivery.value = Delivery.KEY
        panel.names.others.value = "gone"
        await settle()
        assert '<div class="ec-warning">would reach nobody</div>' in panel.preview.value
        assert not panel.send_button.disabled


@in_loop
async def test_while_no_key_or_topic_is_chosen_nothing_can_be_sent_and_it_is_said_what_to_do() -> (
    None
):
    """Nobody sends to nobody by surprise: the button waits, and so does the method behind it."""
    async with a_bench(namespace={"hours": HOURS}) as bench:
        panel = SendPanel(bench)
        panel.names.delivery.value = Delivery.KEY
        await settle()
        said = 'no collector has keys: write one beside "and"; without it nobody gets anything'
        assert panel.preview.value == f'<div class="ec-note">{escape(said)}</div>'
        await bench.put(collector("x", topics=["rain"]))
        panel.refresh()
        for mode, word in ((Delivery.KEY, "key"), (Delivery.TOPIC, "topic")):
            panel.names.delivery.value = mode
            await settle()
            assert panel.send_button.disabled
            said = f'choose one of the {word}s, or write one beside "and"; '
            said += "without it nobody gets anything"
            assert panel.preview.value == f'<div class="ec-note">{escape(said)}</div>'
            with pytest.raises(UnchosenError, match=f"^{said}$"):
                await panel.send()
        assert bench.metrics().accepted == 0
        panel.names.names.value = ("rain",)
        await settle()
        assert not panel.send_button.disabled


@in_loop
async def test_the_rows_of_a_table_may_have_their_keys_in_a_column() -> None:
    """Then none needs to be chosen for all."""
    async with a_bench(namespace={"hours": HOURS}) as bench:
        panel = await at_hours(bench)
        panel.names.delivery.value = Delivery.KEY
        panel.names.keys_column.value = ""
        await settle()
        assert panel.send_button.disabled
        assert "or take the keys from a column" in panel.preview.value
        panel.names.keys_column.value = "city"
        await settle()
        assert not panel.send_button.disabled


@in_loop
async def test_nothing_is_chosen_before_the_user_does() -> None:
    """Not the first variable there is; what is missing is a hint and not an error."""
    async with a_bench(namespace={"a": 1, "hours": HOURS}) as bench:
        panel = SendPanel(bench)
        for source in ("variable", "table"):
            panel.value.source.value = source
            await settle()
            assert panel.value.menu.label == "choose one"
            assert panel.preview.value == f'<div class="ec-note">choose a {source} to send</div>'
            assert panel.send_button.disabled


@in_loop
async def test_all_rows_of_a_table_are_told_of_by_whom_they_reach() -> None:
    """Not the first row alone; with the topics that they go by."""
    async with a_bench(namespace={"hours": [*HOURS, {"city": "tacoma"}]}) as bench:
        panel = await at_hours(bench)
        said = told(panel)
        assert said.endswith(
            "1 row reaches nobody (topic tacoma) 50 rows → store (topic sf) "
            "50 rows → cold, store (topic seattle)"
        )
        assert '<li class="ec-warning"><b>1 row reaches nobody</b>' in panel.preview.value
        await bench.put(collector("audit", topics=["tacoma"]))
        panel.refresh()
        assert "1 row → audit (topic tacoma)" in told(panel)
        await panel.send()
        assert bench.metrics().undelivered == 0


@in_loop
async def test_a_wrong_cell_far_below_is_told_before_a_click() -> None:
    """With its row."""
    async with a_bench(namespace={"hours": [*HOURS, {"city": 7}]}) as bench:
        panel = await at_hours(bench)
        assert told(panel).startswith("row 101: the topics from column 'city' must be texts, got 7")
        assert panel.send_button.disabled


@in_loop
async def test_names_in_the_cells_are_texts() -> None:
    """Whatever they hold."""
    async with a_bench(namespace={"hours": [*HOURS, {"city": NASTY}]}) as bench:
        await bench.put(collector(NASTY, topics=[NASTY]))
        assert_harmless(await at_hours(bench))


@in_loop
async def test_no_label_has_the_tooltip_null_and_what_needs_one_has_it() -> None:
    """ipywidgets makes the word of a missing tooltip."""
    async with a_bench() as bench:
        panel = SendPanel(bench)
        buttons = w.Button | w.FileUpload
        fields = [each for each in panel.children if hasattr(each, "description")]
        assert all(each.tooltip is not None or isinstance(each, buttons) for each in fields)
        for field in (panel.copies, panel.names.priority, panel.templates.menu):
            assert field.tooltip


CELLS = st.one_of(
    st.sampled_from(["a", "b", "c", ""]), st.lists(st.sampled_from("abc"), max_size=2), st.none(),
    st.just(math.nan),
)  # fmt: skip


@given(st.lists(CELLS, min_size=1), st.booleans())
def test_every_row_counts_in_one_group_whose_names_are_its_own(cells: list[Any], f: bool) -> None:
    """The groups' payloads are those that would be sent, so often each."""
    rows = [{"to": cell, "n": number} for number, cell in enumerate(cells)]
    addressing = Addressing(delivery=Delivery.KEY, keys=["z"], keys_column="to")
    table = of_variable("t", pd.DataFrame(rows) if f else rows)
    groups = groups_of(table, addressing)
    sent = Counter(tuple(each.keys) for each in addressing.payloads(table.rows()))
    found: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        found[tuple(group.payload.keys)] += group.count
    assert found == sent


@pytest.mark.parametrize("keys", [10, 5_000])
def test_few_combinations_are_explained_and_the_others_counted(keys: int) -> None:
    """However many there are, and fewer where each costs more."""
    asked = 0

    def explain(payload: Payload[Any]) -> list[Explanation]:
        nonlocal asked
        asked += 1
        return [Explanation(str(each), str(each) in payload.keys, "") for each in range(keys)]

    groups = [Group(Payload(None, Delivery.KEY, keys=[str(each)]), 2) for each in range(1_000)]
    html = reach_html(groups, explain)
    assert asked == (50 if keys == 10 else 4)
    assert f"{2_000 - 2 * asked:,} rows for {1_000 - asked} other combinations" in html
    assert html.count("<li") <= 9


@in_loop
async def test_of_a_very_long_table_the_first_rows_are_looked_at_and_it_says_so() -> None:
    """The loop is not held for it."""
    rows = [{"city": "sf" if number % 2 else "seattle"} for number in range(30_000)]
    async with a_bench(namespace={"hours": rows}) as bench:
        panel = await at_hours(bench)
        assert "of the first 20,000 rows: 10,000 rows → cold, store (topic seattle)" in told(panel)
        assert panel.send_button.description == "Send 30,000 payloads"


@in_loop
async def test_several_names_that_reach_the_same_are_told_with_their_counts() -> None:
    """The most frequent first."""
    async with a_bench(namespace={"hours": [*HOURS, HOURS[0]]}) as bench:
        panel = await at_hours(bench)
        await bench.remove("cold")
        panel.refresh()
        assert told(panel).endswith("101 rows → store (topic sf: 51; topic seattle: 50)")
