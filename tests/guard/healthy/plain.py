"""Healthy notebooks with asyncio alone."""

HEALTHY = {
    "a task is awaited in the cell that makes it": """
        async def one(): return 1
        first = asyncio.create_task(one())
        assert await first == 1
        """,
    "a task goes on while others run, and is awaited later": """
        opened = asyncio.Event()
        async def wait_a_while():
            await opened.wait()
            return 'open'
        door = asyncio.create_task(wait_a_while())
        ---
        opened.set()
        ---
        assert await door == 'open'
        """,
    "a task is cancelled": """
        sleeper = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        sleeper.cancel()
        try:
            await sleeper
        except asyncio.CancelledError:
            pass
        ---
        nap = asyncio.create_task(asyncio.sleep(3600))
        nap.cancel()
        None
        """,
    "gather, with and without exceptions in it": """
        async def halve(number):
            await asyncio.sleep(0)
            return 1 / number
        assert await asyncio.gather(halve(1), halve(2)) == [1, 0.5]
        ---
        both = await asyncio.gather(halve(1), halve(0), return_exceptions=True)
        assert isinstance(both[1], ZeroDivisionError)
        ---
        try:
            await asyncio.gather(halve(0), halve(0), halve(1))
        except ZeroDivisionError:
            pass
        """,
    "a task group fails, and its error is caught": """
        async def refuse(): raise ValueError('no')
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(refuse())
                group.create_task(asyncio.sleep(3600))
        except* ValueError:
            pass
        """,
    "timeouts": """
        try:
            await asyncio.wait_for(asyncio.sleep(3600), 0.01)
        except TimeoutError:
            pass
        ---
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(3600)
        except TimeoutError:
            pass
        """,
    "a queue of asyncio with workers, which are cancelled": """
        todo, done = asyncio.Queue(), []
        async def work():
            while True:
                done.append(await todo.get())
                todo.task_done()
        workers = [asyncio.create_task(work()) for _ in range(3)]
        ---
        for each in range(10):
            todo.put_nowait(each)
        await todo.join()
        ---
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        assert sorted(done) == list(range(10))
        """,
    "as_completed, wait and shield": """
        async def echo_after(value):
            await asyncio.sleep(0.001)
            return value
        got = [await each for each in asyncio.as_completed([echo_after(1), echo_after(2)])]
        ended, going = await asyncio.wait([asyncio.ensure_future(echo_after(3))])
        assert await asyncio.shield(echo_after(4)) == 4
        """,
    "an async generator, left early": """
        async def count():
            for number in range(10):
                yield number
                await asyncio.sleep(0)
        async for number in count():
            if number == 3:
                break
        assert [n async for n in count()] == list(range(10))
        """,
    "a coroutine is kept in one cell and awaited in the next": """
        async def later(): return 'later'
        kept = later()
        ---
        assert await kept == 'later'
        ---
        many = [later() for _ in range(3)]
        ---
        assert await asyncio.gather(*many) == ['later'] * 3
        """,
    "a coroutine is shown and closed": """
        async def unused(): return 1
        shown = unused()
        assert 'coroutine' in repr(shown)
        shown.close()
        """,
    "locks, semaphores, conditions and barriers": """
        lock, places = asyncio.Lock(), asyncio.Semaphore(2)
        async def pass_through():
            async with lock, places:
                await asyncio.sleep(0)
        await asyncio.gather(*[pass_through() for _ in range(5)])
        meeting = asyncio.Barrier(2)
        await asyncio.gather(meeting.wait(), meeting.wait())
        None
        """,
    "a server and a client": """
        async def shout(reader, writer):
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()
        server = await asyncio.start_server(shout, '127.0.0.1', 0)
        ---
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b'hello\\n')
        assert await reader.read() == b'HELLO\\n'
        writer.close()
        await writer.wait_closed()
        ---
        server.close()
        await server.wait_closed()
        """,
    "a process": """
        import sys
        child = await asyncio.create_subprocess_exec(
            sys.executable, '-c', 'print(1)', stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
        assert out.strip() == b'1'
        """,
    "timers and callbacks": """
        rang = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, rang.set)
        loop.call_soon(lambda: None)
        await rang.wait()
        None
        """,
    "a handler and a factory of the notebook's own": """
        heard, running = [], asyncio.get_running_loop()
        running.set_exception_handler(lambda loop, context: heard.append(context))
        running.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)
        running.set_exception_handler(None)
        assert len(heard) == 1
        ---
        running.set_task_factory(asyncio.eager_task_factory)
        async def at_once(): return 1
        assert asyncio.create_task(at_once()).done()
        running.set_task_factory(None)
        """,
    "an error is awaited and caught": """
        async def break_down(): raise RuntimeError('down')
        wreck = asyncio.create_task(break_down())
        try:
            await wreck
        except RuntimeError as error:
            caught = error
        """,
    "a done callback looks at the exception": """
        async def stumble(): raise ValueError('ow')
        noted = []
        walk = asyncio.create_task(stumble())
        walk.add_done_callback(lambda task: noted.append(task.exception()))
        """,
    "context variables": """
        import contextvars
        language = contextvars.ContextVar('language', default='en')
        async def ask():
            language.set('de')
            return language.get()
        assert await asyncio.create_task(ask()) == 'de'
        assert language.get() == 'en'
        """,
    "anyio": """
        import anyio
        async def add(results):
            await anyio.sleep(0)
            results.append(1)
        results = []
        async with anyio.create_task_group() as nursery:
            nursery.start_soon(add, results)
            nursery.start_soon(add, results)
        with anyio.move_on_after(0.001):
            await anyio.sleep(3600)
        """,
}
"""By name, the cells."""
