"""The queue panel: its switches, which tell their code."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import QueuePanel, Workbench

from event_collector import Context, Ok, Payload, Result
from tests.support import in_loop, settle
from tests.widgets.benches import (
    NASTY,
    a_bench,
    collector,
    eventually,
    everything_in,
    failed,
    from_another_thread,
    run_cell,
    text,
)


def can(panel: QueuePanel) -> list[str]:
    """The buttons that can be clicked."""
    buttons = (panel.pause_button, panel.resume_button, panel.step_button, panel.settle_button)
    return [each.description for each in buttons if not each.disabled]


def limits(bench: Workbench) -> tuple[int, int, int | None]:
    """The queue's three limits."""
    return (bench.queue.min_consumers, bench.queue.max_consumers, bench.queue.max_queued)


@in_loop
async def test_only_what_has_an_effect_can_be_clicked() -> None:
    """Step and Resume only while it is paused, the wait only while not; nothing once closed."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        assert can(panel) == ["Pause", "Wait until idle"]
        assert panel.steps.disabled
        panel.pause_button.click()
        await settle()
        assert can(panel) == ["Resume", "Step"]
        why = "it is not idle while it is paused: Resume first, then Wait until idle"
        assert panel.settle_button.tooltip == why
        assert text(panel.idle) == why  # who cannot point sees it too
        assert not panel.steps.disabled
        assert text(panel.warning).endswith(
            "paused: 0 queued, and none is taken until Resume (Queue)"
        )
        panel.resume_button.click()
        await settle()
        assert can(panel) == ["Pause", "Wait until idle"]
        assert text(panel.warning) == ""
        assert why not in text(panel.kind)
        await bench.close()
        panel.refresh()
        assert can(panel) == []


@pytest.mark.parametrize(
    ("typed", "got"),
    [("0", "'0'"), ("-1", "'-1'"), ("1.7", "'1.7'"), ("1e3", "'1e3'"), ("", "nothing")],
)
@in_loop
async def test_a_step_is_never_guessed(typed: str, got: str) -> None:
    """Refused in words, with the value; nothing is taken, and the code before is not repeated."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = QueuePanel(bench)
        await settle()
        await panel.pause()
        await bench.send(Payload(1))
        panel.steps.value = typed
        panel.step_button.click()
        said = f"events must be a whole number of 1 or more, got {got}"
        await eventually(lambda: panel.status.text == said)
        assert failed(panel)
        assert panel.code_line.code == "bench.pause()"
        assert (bench.queue.steps_left, bench.metrics().queued) == (0, 1)


@in_loop
async def test_steps_that_nobody_has_used_are_told_wherever_it_is_told_that_it_is_paused() -> None:
    """The banner is true: so many that come are taken, and none after them."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = QueuePanel(bench)
        await panel.pause()
        panel.steps.value = "4"
        await panel.step()
        told = "paused: 0 queued; the next 4 are taken, and none after them until Resume (Queue)"
        assert text(panel.warning) == told
        for number in range(3):
            await bench.send(Payload(number)).wait()
        told = "paused: 0 queued; the next 1 is taken, and none after it until Resume (Queue)"
        assert bench.warnings()["paused"] == told
        await bench.send(Payload(4)).wait()
        await bench.send(Payload(5))
        told = "paused: 1 queued, and none is taken until Resume (Queue)"
        assert bench.warnings()["paused"] == told


@in_loop
async def test_step_takes_as_many_as_the_field_says() -> None:
    """By clicks, from another thread too."""
    async with a_bench() as bench:
        await bench.put(collector("x"))
        panel = QueuePanel(bench)
        await from_another_thread(panel.pause_button.click)
        await eventually(lambda: bench.queue.paused)
        for number in range(5):
            await bench.send(Payload(number))
        panel.steps.value = "3"
        panel.step_button.click()
        await eventually(lambda: bench.metrics().finished == 3)
        assert panel.status.text == "3 more events may be taken"
        assert panel.code_line.code == "bench.step(3)"
        panel.steps.value = "1"
        await panel.step()
        assert (panel.status.text, panel.code_line.code) == (
            *("1 more event may be taken", "bench.step()"),
        )
        await panel.resume()
        assert (await bench.settle()).settled
        with pytest.raises(RuntimeError, match="paused"):
            await panel.step()


@in_loop
async def test_a_step_of_more_than_is_queued_says_what_it_lets_through() -> None:
    """And one that nobody can mean is refused, with what to click instead."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        await panel.pause()
        for number in range(3):
            await bench.send(Payload(number))
        panel.steps.value = "10"
        await panel.step()
        told = "10 more events may be taken: 3 queued, and 7 that will be sent"
        assert panel.status.text == told
        panel.steps.value = "1,000,001"
        panel.step_button.click()
        said = "events must be at most 1,000,000, got '1,000,001'; Resume lets all be taken"
        await eventually(lambda: panel.status.text == said)
        assert bench.queue.steps_left == 7


@in_loop
async def test_what_was_said_goes_when_it_is_not_so_any_more() -> None:
    """Because something was typed, or a cell has changed what it was about."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        panel.limits["max_consumers"].value = "many"
        await settle()
        panel.apply_button.click()
        await eventually(lambda: panel.status.kind == "error")
        panel.limits["max_consumers"].value = "7"
        await eventually(lambda: panel.status.text == "")
        await panel.apply()
        assert panel.status.text == "max_consumers: 100 -> 7"
        panel.repaint()
        assert panel.status.text == "max_consumers: 100 -> 7"
        bench.set_limits(max_consumers=9)
        panel.repaint()
        assert panel.status.text == ""
        await panel.pause()
        assert panel.status.text.startswith("paused: ")
        bench.resume()
        panel.repaint()
        assert panel.status.text == ""


@in_loop
async def test_settle_tells_what_is_stuck_and_where() -> None:
    """Its report in words: the event, its collector, the place in its processor."""
    go_on = asyncio.Event()

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await go_on.wait()
        return Ok(None)

    async with a_bench(max_consumers=1) as bench:
        await bench.put(collector("x", wait))
        panel = QueuePanel(bench)
        for value in ("first", NASTY):
            await bench.send(Payload(value))
        panel.seconds.value = "0.05"
        panel.settle_button.click()
        await settle()
        assert panel.status.text == "waiting until it is idle, for 0.05 s at most ..."
        assert panel.settle_button.disabled
        await eventually(lambda: panel.status.text.startswith("not settled after"))
        assert panel.status.text.endswith("1 in service, 1 queued")
        told = text(panel.report)
        assert "event 1 in service in 'x' for" in told
        assert "in wait: Payload('first')" in told
        assert "event 2 queued for" in told
        assert "<img" not in panel.report.value
        assert not panel.settle_button.disabled
        go_on.set()
        assert await panel.settle()
        assert panel.status.text.startswith("settled after")
        assert panel.report.value == ""


@in_loop
async def test_of_many_that_are_stuck_the_first_are_shown() -> None:
    """And how many more there are."""
    async with a_bench() as bench:
        bench.pause()
        panel = QueuePanel(bench)
        for number in range(25):
            await bench.send(Payload(number))
        panel.seconds.value = "0"
        await panel.settle()
        assert panel.status.text.endswith("25 queued, and the queue is paused")
        assert panel.report.value.count("<li>") == 11
        assert text(panel.report).endswith("... and 15 more")


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "inf"])
@in_loop
async def test_settle_needs_a_number_of_seconds(seconds: str) -> None:
    """What is wrong stands where one clicked."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        panel.seconds.value = seconds
        panel.settle_button.click()
        await eventually(lambda: panel.status.kind == "error")
        assert panel.status.text.startswith("within must be a number of 0 or more, got")
        assert not panel.settle_button.disabled


@in_loop
async def test_the_code_of_every_click_does_what_the_click_does() -> None:
    """Each is run on another workbench, which is then in the same state."""
    async with a_bench() as bench, a_bench("other") as other:
        panel = QueuePanel(bench)
        for each in (bench, other):
            await each.put(collector("x"))
        panel.steps.value = "2"
        panel.limits["max_consumers"].value = "3"

        async def same(click: Any) -> None:
            await click()
            await run_cell(panel.code_line.code, bench=other)
            await settle()
            assert other.queue.paused == bench.queue.paused
            assert limits(other) == limits(bench)
            assert other.metrics().finished == bench.metrics().finished

        await same(panel.pause)
        for each in (bench, other):
            for number in range(5):
                await each.send(Payload(number))
        await same(panel.step)
        assert bench.metrics().finished == 2
        await same(panel.resume)
        await same(panel.settle)
        assert bench.metrics().finished == 5
        await same(panel.apply)
        assert limits(other)[1] == 3


@in_loop
async def test_every_field_and_button_has_words_for_the_pointer() -> None:
    """Without them the page writes "null" at the field's label."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        shown = [each for each in everything_in(panel) if getattr(each, "description", "")]
        assert len(shown) == 10
        assert [each.description for each in shown if not each.tooltip] == []


@in_loop
async def test_each_button_tells_its_code_before_it_is_clicked() -> None:
    """Beside the pointer; what is wrong with a field too."""
    async with a_bench() as bench:
        panel = QueuePanel(bench)
        panel.steps.value, panel.seconds.value = "4", "2.5"
        await settle()
        buttons = (panel.pause_button, panel.resume_button, panel.step_button, panel.settle_button)
        assert [each.tooltip for each in buttons] == [
            *("bench.pause()", "bench.resume()", "bench.step(4)", "await bench.settle(2.5)")
        ]
        panel.seconds.value = "soon"
        await settle()
        assert panel.settle_button.tooltip == "within must be a number of 0 or more, got 'soon'"


@in_loop
async def test_a_workbench_that_is_made_again_ends_a_settle_and_keeps_what_was_typed() -> None:
    """The old one's report comes to nobody."""
    go_on = asyncio.Event()

    async def wait(payload: Payload[Any], ctx: Context) -> Result:
        await go_on.wait()
        return Ok(None)

    async with a_bench() as bench, a_bench("other", max_consumers=9) as other:
        await bench.put(collector("x", wait))
        await bench.send(Payload(1))
        panel = QueuePanel(bench)
        panel.limits["max_queued"].value = "7"
        panel.settle_button.click()
        await settle()
        panel.moved(other)
        assert panel.status.text == "the workbench was made again before it settled"
        assert [field.value for field in panel.limits.values()] == ["1", "9", "7"]
        assert not panel.settle_button.disabled
        go_on.set()
        await bench.settle()
        await settle()
        assert panel.status.text == "the workbench was made again before it settled"
        assert panel.report.value == ""
