"""The queue panel: its limits, changed while the queue runs."""

import pytest
from event_collector_widgets import QueuePanel, Workbench

from tests.support import in_loop, settle
from tests.widgets.benches import a_bench


def limits(bench: Workbench) -> tuple[int, int, int | None]:
    """The queue's three limits."""
    return (bench.queue.min_consumers, bench.queue.max_consumers, bench.queue.max_queued)


@in_loop
async def test_limits_are_changed_while_it_runs() -> None:
    """Only those that differ; old and new are told."""
    async with a_bench(max_queued=100) as bench:
        panel = QueuePanel(bench)
        assert [field.value for field in panel.limits.values()] == ["1", "100", "100"]
        assert panel.apply_button.disabled
        panel.limits["max_consumers"].value = "8"
        panel.limits["max_queued"].value = ""
        await settle()
        assert panel.code_line.code == "bench.set_limits(max_consumers=8, max_queued=None)"
        panel.apply_button.click()
        await settle()
        assert limits(bench) == (1, 8, None)
        assert panel.status.text == "max_consumers: 100 -> 8; max_queued: 100 -> none"
        assert panel.apply_button.disabled
        await panel.apply()
        assert panel.status.text == "nothing differs: the limits stay as they are"


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("max_consumers", "many", "max consumers must be a whole number of 1 or more, got 'many'"),
        ("max_consumers", "", "max consumers must be a whole number of 1 or more, got nothing"),
        (
            "min_consumers",
            "101",
            "max consumers must be min consumers (101) or more, got 100",
        ),
        (
            "max_queued",
            "x",
            "max queued must be a whole number of 1 or more, or the field empty",
        ),
        (
            "max_queued",
            "0",
            "max queued must be a whole number of 1 or more, or the field empty",
        ),
    ],
)
@in_loop
async def test_a_wrong_limit_is_told_and_changes_nothing(name: str, typed: str, said: str) -> None:
    """Where one clicked."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        panel.limits[name].value = typed
        await settle()
        assert not panel.apply_button.disabled
        panel.apply_button.click()
        await settle()
        assert panel.status.kind == "error"
        assert panel.status.text.startswith(said)
        assert limits(bench) == (1, 100, None)


@in_loop
async def test_the_fields_follow_the_limits_but_keep_what_was_typed() -> None:
    """A cell may change them too."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        panel.limits["max_queued"].value = "7"
        bench.set_limits(min_consumers=2, max_queued=5)
        panel.refresh()
        assert [field.value for field in panel.limits.values()] == ["2", "100", "7"]
        bench.set_limits(max_queued=7)
        panel.refresh()
        bench.set_limits(max_queued=None)
        panel.refresh()
        assert [field.value for field in panel.limits.values()] == ["2", "100", ""]
