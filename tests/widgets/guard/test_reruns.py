"""What cells have left behind, and does not end when it is stopped."""

import asyncio

from event_collector_widgets.guard.cells import RUN, Run
from event_collector_widgets.guard.ours import Ours
from event_collector_widgets.guard.reruns import Left
from event_collector_widgets.guard.settings import Settings
from event_collector_widgets.guard.tasks import Tasks

from tests.support import in_loop


@in_loop
async def test_what_does_not_end_is_told_with_the_cell_that_made_it() -> None:
    """Those of one name once, with how often; and they end when they like."""
    over = asyncio.Event()

    async def refuses() -> None:
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    async def refuses_too() -> None:
        await refuses()

    tasks = Tasks()
    loop = asyncio.get_running_loop()
    ours = Ours(Settings(), lambda: loop, lambda at: None)
    tasks.watch(loop)
    runs = [Run(f"cell {number}", number, "") for number in (1, 2, 3)]
    made = []
    for run, function in zip(runs, (refuses, refuses_too, refuses), strict=True):
        RUN.set(run)
        made.append(loop.create_task(function()))
    await asyncio.sleep(0)
    stuck = await Left(tasks, ours, lambda fault: None).stop(None, close=True, limit=0.01)
    tasks.detach()
    over.set()
    await asyncio.gather(*made)
    names = {name.rpartition("<locals>.")[2]: run for name, run in stuck.items()}
    assert names == {"refuses() (2 times)": runs[0], "refuses_too()": runs[1]}
