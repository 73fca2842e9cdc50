"""Faults in the tear-downs and backgrounds of notebooks: what fails beside their cells.

No output changes, so that nobody would see it. With the guard each turns its notebook red.
"""

from tests.faults.fault import NotebookFault

FAULTS = (
    NotebookFault(
        "a workbench is not closed",
        "00_first_collector",
        find="    await bench.close()\n    await lengths.close()",
        put="    await lengths.close()",
    ),
    NotebookFault(
        "an object fails when it is freed",
        "00_first_collector",
        find="from event_collector_widgets import watched\n",
        put="from event_collector_widgets import watched\n\n\n"
        "class Tap:\n    def __del__(self):\n        raise OSError('it drips')\n\n\n"
        "tap = Tap()\ndel tap\n",
    ),
    NotebookFault(
        "a thread dies",
        "01_context_and_lifecycle",
        find="lost.ctx.connection.close()",
        put="lost.ctx.connection.close()\nimport threading\n\n"
        "saver = threading.Thread(target=int, args=['x'])\nsaver.start()\nsaver.join()",
    ),
    NotebookFault(
        "a lifecycle's tear-down fails, and a task does not tell",
        "01_context_and_lifecycle",
        find='check(ctx.file.closed, equals=True, name="file.closed")',
        put='check(ctx.file.closed, equals=True, name="file.closed")\nimport asyncio\n\n\n'
        "@asynccontextmanager\nasync def stuck(ctx):\n    yield\n    raise OSError('full')\n\n\n"
        "async def serve():\n    shelf = Collector('shelf', count, lifecycle=stuck)\n"
        "    queue = CollectorQueue([shelf], min_consumers=1, max_consumers=1)\n"
        "    async with queue:\n        pass\n\n\n"
        "serving = asyncio.create_task(serve())",
    ),
    NotebookFault(
        "a call in a thread fails, and nobody awaits it",
        "02_running_a_queue",
        find="simulate(by_hand)",
        put="simulate(by_hand)\nimport asyncio\n\n"
        "counting = asyncio.create_task(asyncio.to_thread(int, 'x'))",
    ),
    NotebookFault(
        "the closing of a workbench is not awaited",
        "03_who_gets_it",
        find="    await bench.close()",
        put="    bench.close()",
    ),
    NotebookFault(
        "a task goes on for ever",
        "04_queue_order",
        find="def drain(queue, payloads):",
        put="import asyncio\n\nclock = asyncio.create_task(asyncio.sleep(3600), name='clock')\n\n\n"
        "def drain(queue, payloads):",
    ),
    NotebookFault(
        "a callback of the loop fails",
        "05_competing_consumers",
        find="async def port(gates: int) -> History:",
        put="import asyncio\n\nasyncio.get_running_loop().call_soon(int, 'x')\n\n\n"
        "async def port(gates: int) -> History:",
    ),
    NotebookFault(
        "a task crashes when the workbench is closed",
        "06_results_and_errors",
        find="    await bench.close()",
        put="    await bench.close()\nimport asyncio\n\n\n"
        "async def report():\n    raise ValueError('no report')\n\n\n"
        "reporting = asyncio.create_task(report())",
    ),
    NotebookFault(
        "a done callback fails",
        "07_custom_routers",
        find="async def stow(payload, ctx):",
        put="loading = asyncio.create_task(asyncio.sleep(0))\n"
        "loading.add_done_callback(lambda task: 1 / 0)\n\n\nasync def stow(payload, ctx):",
    ),
    NotebookFault(
        "a queue runs on",
        "08_load_and_littles_law",
        find="async def run(when, times, consumers):",
        put="idle = CollectorQueue([], min_consumers=1, max_consumers=1)\n"
        "await idle.init_queue()\n\n\nasync def run(when, times, consumers):",
    ),
    NotebookFault(
        "a server is not closed, nor who calls it",
        "09_from_notebook_to_service",
        find="if not watched():\n    await stack.aclose()\n",
        put="if not watched():\n",
    ),
    NotebookFault(
        "a workbench that reads from a broker is not closed",
        "10_sensors",
        find="    await stack.aclose()\n    await bench.close()",
        put="    await stack.aclose()",
    ),
    NotebookFault(
        "a workbench on a cluster is not closed",
        "11_more_than_one_machine",
        find="    await bench.close()\n",
        put="",
    ),
    NotebookFault(
        "a workbench with a database is not closed",
        "playground",
        find="    await bench.close()",
        put="    pass",
    ),
)
