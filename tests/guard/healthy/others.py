"""Healthy notebooks with threads, other libraries, widgets, and our queue."""

HEALTHY = {
    # threads
    "threads and a lock": """
        total, guarded = [], threading.Lock()
        def add_one():
            with guarded:
                total.append(1)
        threads = [threading.Thread(target=add_one) for _ in range(5)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert len(total) == 5
        """,
    "to_thread and executors": """
        import time
        from concurrent.futures import ThreadPoolExecutor
        await asyncio.to_thread(time.sleep, 0.001)
        with ThreadPoolExecutor(2) as pool:
            squares = list(pool.map(lambda n: n * n, range(5)))
            failing = pool.submit(lambda: 1 / 0)
        assert isinstance(failing.exception(), ZeroDivisionError)
        """,
    "another loop in another thread": """
        async def elsewhere(): return threading.current_thread().name
        assert 'asyncio' in await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
        """,
    "from a thread into the notebook's loop": """
        async def here(): return 'here'
        home = asyncio.get_running_loop()
        def ask_home(): return asyncio.run_coroutine_threadsafe(here(), home).result(10)
        assert await asyncio.to_thread(ask_home) == 'here'
        """,
    # other libraries
    "pandas": """
        import pandas as pd
        table = pd.DataFrame({'a': [1, 2, 3], 'b': list('xyz')})
        grouped = table.groupby('b').a.sum()
        assert table.a.mean() == 2
        ---
        merged = table.merge(table, on='a').groupby('a').count()
        """,
    "numpy divides by zero, and warns": """
        import warnings
        import numpy as np
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter('always')
            ratio = np.array([1.0]) / 0
        assert len(warned) == 1
        """,
    "a warning of the notebook's own, and a file that is not closed": """
        import tempfile, warnings
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            warnings.warn('old', DeprecationWarning)
            warnings.warn('odd', RuntimeWarning)
            open(__import__('os').devnull).read()
        """,
    "matplotlib": """
        import matplotlib
        matplotlib.use('agg')
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots()
        axes.plot([1, 2], [3, 4])
        plt.close(figure)
        """,
    "ipywidgets: a click, a slider, an interact, an output": """
        clicks = []
        button = widgets.Button()
        button.on_click(clicks.append)
        button.click()
        slider = widgets.IntSlider()
        slider.observe(lambda change: clicks.append(change.new), 'value')
        slider.value = 7
        twice = widgets.interactive(lambda x: None, x=3)
        output = widgets.Output()
        with output:
            x = 1
        assert len(clicks) == 2
        """,
    "ipywidgets: a click starts a task that is awaited": """
        async def long_work(): return 'worked'
        started = []
        start = widgets.Button()
        start.on_click(lambda _: started.append(asyncio.create_task(long_work())))
        start.click()
        assert await started[0] == 'worked'
        """,
    "httpx": """
        import httpx
        answer = httpx.MockTransport(lambda request: httpx.Response(200, json={'ok': True}))
        async with httpx.AsyncClient(transport=answer) as client:
            replies = await asyncio.gather(*[client.get('http://test') for _ in range(3)])
        assert [reply.status_code for reply in replies] == [200] * 3
        """,
    "tqdm": """
        import io
        from tqdm.asyncio import tqdm
        bar = io.StringIO()
        async def tick(): await asyncio.sleep(0)
        await tqdm.gather(*[tick() for _ in range(3)], file=bar)
        assert sum(tqdm(range(4), file=bar)) == 6
        """,
    "a database, a folder, a random number": """
        import pathlib, random, sqlite3, tempfile
        base = sqlite3.connect(':memory:')
        base.execute('create table t (x)')
        base.close()
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / 'x').write_text('x')
        assert random.Random(1).random() < 1
        """,
    "magics": """
        %matplotlib agg
        ---
        %%capture caught
        print('caught')
        ---
        assert caught.stdout == 'caught\\n'
        """,
    "a class with __del__, and a collection": """
        import gc
        class Door:
            def __del__(self): gone.append(1)
        gone = []
        door = Door()
        del door
        gc.collect()
        assert gone == [1]
        """,
    # ours
    "a queue in one cell": """
        async def double(payload, ctx): return Ok(2 * payload.value)
        doubling = Collector('double', double)
        async with CollectorQueue([doubling], min_consumers=1, max_consumers=2) as queue:
            event = await queue.get_publisher().send(Payload(21))
            assert (await event.wait()).first().value == 42
        """,
    "a workbench over several cells, with an error that is looked at": """
        bench = Workbench('healthy')
        @bench.collector
        async def divide(payload, ctx): return Ok(1 / payload.value)
        ---
        @bench.collector
        async def divide_by(payload, ctx): return Ok(payload.value / 2)
        ---
        assert (await bench.send(Payload(0)).wait()).errors
        ---
        await bench.send_all([Payload(1), Payload(2)])
        await bench.publisher.wait()
        ---
        await bench.close()
        """,
    "a history as a table, and a panel": """
        seen_bench = Workbench('seen')
        @seen_bench.collector
        async def invert(payload, ctx): return Ok(1 / payload.value)
        await seen_bench.send_all([Payload(0), Payload(1)])
        await seen_bench.publisher.wait()
        seen_table = seen_bench.history.to_frame()
        panel = SendPanel(seen_bench)
        ---
        await seen_bench.close()
        """,
    "a lifecycle that fails, and is told": """
        @asynccontextmanager
        async def no_entry(ctx):
            raise ValueError('closed')
            yield
        async def idle(payload, ctx): return Ok(1)
        shut = CollectorQueue([Collector('idle', idle, lifecycle=no_entry)], min_consumers=1,
                              max_consumers=1)
        try:
            await shut.init_queue()
        except ValueError:
            pass
        """,
    "failures that are expected": """
        with expect_errors(ValueError):
            lost = asyncio.create_task(asyncio.to_thread(int, 'x'))
            await asyncio.wait([lost])
        ---
        # expect-errors
        lost = asyncio.create_task(asyncio.to_thread(int, 'x'))
        await asyncio.wait([lost])
        None
        """,
    "a simulation": """
        from event_collector.simulation import simulate
        async def hour():
            await asyncio.sleep(3600)
            return asyncio.get_running_loop().time()
        assert simulate(hour) is not None
        """,
}
"""By name, the cells."""
