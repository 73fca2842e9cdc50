"""Healthy notebooks of those who teach waiting: groups, timeouts, threads, pools, generators."""

HEALTHY = {
    "a task group gives its results": """
        async def cube(number):
            await asyncio.sleep(0)
            return number ** 3
        async with asyncio.TaskGroup() as cubing:
            cubes = [cubing.create_task(cube(n)) for n in range(4)]
        assert [each.result() for each in cubes] == [0, 1, 8, 27]
        """,
    "task groups within each other, of which the inner one fails": """
        async def stop_short(): raise KeyError('inner')
        async def outer():
            async with asyncio.TaskGroup() as around:
                around.create_task(asyncio.sleep(3600))
                async with asyncio.TaskGroup() as inside:
                    inside.create_task(stop_short())
        try:
            await outer()
        except* KeyError as short:
            stopped = short.exceptions
        """,
    "a task group whose member is cancelled": """
        async with asyncio.TaskGroup() as ending:
            endless_member = ending.create_task(asyncio.sleep(3600))
            endless_member.cancel()
        assert endless_member.cancelled()
        """,
    "a timeout that is moved, and one that does not strike": """
        async with asyncio.timeout(0.001) as patience:
            patience.reschedule(asyncio.get_running_loop().time() + 3600)
            await asyncio.sleep(0.01)
        assert not patience.expired()
        ---
        async with asyncio.timeout(None):
            assert await asyncio.wait_for(asyncio.sleep(0, 'in time'), 60) == 'in time'
        """,
    "the first answer counts, the others are cancelled": """
        async def answer_in(seconds, name):
            await asyncio.sleep(seconds)
            return name
        racers = [asyncio.create_task(answer_in(*each)) for each in [(0.001, 'hare'), (3600, 'x')]]
        arrived, others = await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        assert [each.result() for each in arrived] == ['hare']
        """,
    "producers and consumers, ended by a sentinel": """
        belt, packed = asyncio.Queue(maxsize=2), []
        async def produce():
            for number in range(5):
                await belt.put(number)
            await belt.put(None)
        async def pack():
            while (number := await belt.get()) is not None:
                packed.append(number)
        ---
        await asyncio.gather(produce(), pack())
        assert packed == [0, 1, 2, 3, 4]
        """,
    "a priority queue, and one that is full": """
        urgent = asyncio.PriorityQueue(maxsize=2)
        urgent.put_nowait((2, 'later'))
        urgent.put_nowait((1, 'now'))
        try:
            urgent.put_nowait((3, 'never'))
        except asyncio.QueueFull:
            pass
        assert (await urgent.get())[1] == 'now'
        """,
    "a function is tried again until it succeeds": """
        attempts = []
        async def flaky():
            attempts.append(1)
            if len(attempts) < 3:
                raise ConnectionError('not yet')
            return 'at last'
        async def retry(call, times):
            for attempt in range(times):
                try:
                    return await call()
                except ConnectionError:
                    await asyncio.sleep(0.001 * 2 ** attempt)
        assert await retry(flaky, 5) == 'at last'
        """,
    "a cancelled task cleans up, and says so": """
        swept = []
        async def work_until_told():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                swept.append('clean')
        sweeper = asyncio.create_task(work_until_told())
        await asyncio.sleep(0)
        sweeper.cancel()
        await asyncio.wait([sweeper])
        assert swept == ['clean']
        """,
    "a periodic task over several cells": """
        ticks = []
        async def tick_on():
            while True:
                ticks.append(len(ticks))
                await asyncio.sleep(0.001)
        ticking_on = asyncio.create_task(tick_on(), name='clock')
        ---
        while len(ticks) < 3:
            await asyncio.sleep(0.001)
        ---
        ticking_on.cancel()
        try:
            await ticking_on
        except asyncio.CancelledError:
            pass
        """,
    "a thread hands its findings over": """
        import queue
        findings = queue.Queue()
        searching = threading.Thread(target=findings.put, args=['found'])
        searching.start()
        assert await asyncio.to_thread(findings.get, timeout=10) == 'found'
        searching.join()
        ---
        home_loop, ringing = asyncio.get_running_loop(), asyncio.Event()
        ringer = threading.Timer(0.001, home_loop.call_soon_threadsafe, [ringing.set])
        ringer.start()
        await ringing.wait()
        ringer.join()
        """,
    "a thread that goes on, told to end by an event": """
        enough, beats = threading.Event(), []
        def beat():
            while not enough.wait(0.001):
                beats.append(1)
        drummer = threading.Thread(target=beat, name='drummer', daemon=True)
        drummer.start()
        ---
        enough.set()
        drummer.join()
        """,
    "a thread's error is kept and raised where it is seen": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as helpers:
            tries = [helpers.submit(int, text) for text in ('1', 'x')]
        assert tries[0].result() == 1
        try:
            tries[1].result()
        except ValueError:
            pass
        ---
        try:
            await asyncio.get_running_loop().run_in_executor(None, int, 'y')
        except ValueError:
            pass
        """,
    "a pool of processes": """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        spawning = multiprocessing.get_context('spawn')
        with ProcessPoolExecutor(1, mp_context=spawning) as others:
            assert await asyncio.get_running_loop().run_in_executor(others, abs, -3) == 3
        """,
    "generators: closed, thrown into, and left to be freed": """
        def countdown(start):
            try:
                while start:
                    yield start
                    start -= 1
            except KeyError:
                yield 'caught'
        falling = countdown(3)
        assert next(falling) == 3
        assert falling.throw(KeyError()) == 'caught'
        falling.close()
        assert list(countdown(2)) == [2, 1]
        rising = countdown(5)
        next(rising)
        del rising
        """,
    "asynchronous generators that are closed as they should be": """
        from contextlib import aclosing
        closed_with = []
        async def readings_of():
            try:
                for number in range(10):
                    yield number
            finally:
                await asyncio.sleep(0)
                closed_with.append(number)
        async with aclosing(readings_of()) as some:
            async for number in some:
                if number == 2:
                    break
        assert closed_with == [2]
        """,
    "asynchronous context managers on a stack": """
        from contextlib import AsyncExitStack
        left_rooms = []
        @asynccontextmanager
        async def room(name):
            yield name
            left_rooms.append(name)
        async with AsyncExitStack() as house:
            entered = [await house.enter_async_context(room(name)) for name in 'ab']
        assert (entered, left_rooms) == (['a', 'b'], ['b', 'a'])
        """,
    "context variables in tasks, threads and copies": """
        import contextvars
        request_id = contextvars.ContextVar('request_id', default=0)
        async def own_id(number):
            request_id.set(number)
            await asyncio.sleep(0)
            return request_id.get()
        assert await asyncio.gather(*[own_id(n) for n in (1, 2)]) == [1, 2]
        ---
        apart = contextvars.copy_context()
        apart.run(request_id.set, 7)
        assert apart[request_id] == 7
        assert await asyncio.create_task(asyncio.to_thread(request_id.get), context=apart) == 7
        """,
}
"""By name, the cells."""
