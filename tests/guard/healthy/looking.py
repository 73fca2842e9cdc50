"""Healthy notebooks of those who teach data: tables, pictures, bars, widgets, and our queue."""

HEALTHY = {
    "pandas: a table of times, resampled and joined": """
        import pandas as pd
        hourly = pd.DataFrame({
            'at': pd.date_range('2024-01-01', periods=48, freq='h'), 'temp': range(48)})
        daily = hourly.set_index('at').resample('D').temp.mean()
        assert list(daily) == [11.5, 35.5]
        ---
        days = pd.Series(['Mo', 'Tu'], daily.index, name='day')
        named_days = daily.rename('mean').to_frame().join(days)
        assert list(named_days.day) == ['Mo', 'Tu']
        """,
    "pandas: an error that is caught, and a copy that is changed": """
        import pandas as pd
        people = pd.DataFrame({'name': ['Ann', 'Bob'], 'age': [31, 42]})
        try:
            people['height']
        except KeyError:
            pass
        older = people.assign(age=people.age + 1)
        older.loc[older.name == 'Ann', 'age'] = 0
        assert people.age.sum() == 73
        """,
    "matplotlib: several axes, drawn anew and saved to memory": """
        import io
        import matplotlib.pyplot as plt
        panels, (left, right) = plt.subplots(1, 2)
        (line,) = left.plot([], [])
        right.bar(['a', 'b'], [1, 2])
        line.set_data([0, 1], [0, 1])
        panels.canvas.draw()
        page = io.BytesIO()
        panels.savefig(page)
        assert page.tell()
        plt.close('all')
        """,
    "tqdm: bars over a loop, as_completed, and in a thread": """
        import io
        from tqdm.asyncio import tqdm
        hidden = io.StringIO()
        async def step_of(number):
            await asyncio.sleep(0)
            return number
        reached = [await each for each in tqdm.as_completed([step_of(n) for n in range(3)],
                                                             file=hidden)]
        assert sorted(reached) == [0, 1, 2]
        ---
        with tqdm(total=3, file=hidden) as by_hand:
            def advance():
                for _ in range(3): by_hand.update()
            await asyncio.to_thread(advance)
        """,
    "ipywidgets: fields that are linked, and a callback taken away": """
        import traitlets
        first_field, second_field = widgets.IntText(1), widgets.IntText(2)
        link = traitlets.link((first_field, 'value'), (second_field, 'value'))
        first_field.value = 5
        assert second_field.value == 5
        link.unlink()
        ---
        def complain(change): raise ValueError('too late')
        first_field.observe(complain, 'value')
        first_field.unobserve(complain, 'value')
        first_field.value = 6
        """,
    "ipywidgets: a trait refuses a value, and the error is caught": """
        import traitlets
        bounded = widgets.BoundedIntText(value=1, max=3)
        bounded.value = 99
        assert bounded.value == 3
        try:
            bounded.value = 'many'
        except traitlets.TraitError:
            pass
        """,
    "ipywidgets: a form whose button runs a task to its end": """
        answers, ask_button = asyncio.Queue(), widgets.Button(description='ask')
        async def look_up(number):
            await asyncio.sleep(0)
            await answers.put(number)
        looking = set()
        def asked(_):
            task = asyncio.ensure_future(look_up(len(looking)))
            looking.add(task)
        ask_button.on_click(asked)
        form = widgets.VBox([ask_button, widgets.Output()])
        ---
        ask_button.click()
        ask_button.click()
        assert [await answers.get(), await answers.get()] == [0, 1]
        """,
    "numpy: seeded numbers, and an overflow that is expected": """
        import numpy as np
        dice = np.random.default_rng(1).integers(1, 7, 100)
        assert 1 <= dice.min() and dice.max() <= 6
        with np.errstate(over='ignore'):
            assert np.isinf(np.exp(np.array([1e4])))
        """,
    "a timer, a profile, and a cell that is timed": """
        import time
        begun_at = time.perf_counter()
        %timeit -n1 -r1 -q sum(range(10))
        timed = %timeit -n1 -r1 -q -o sum(range(10))
        assert time.perf_counter() > begun_at
        """,
    "a cache, a partial, a data class and an enumeration": """
        import dataclasses, enum, functools
        @functools.cache
        def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
        Colour = enum.Enum('Colour', 'RED GREEN')
        @dataclasses.dataclass
        class Car:
            colour: Colour
        painted = functools.partial(Car, Colour.RED)
        assert (fibonacci(30), painted().colour.name) == (832040, 'RED')
        """,
    "objects that refuse to be asked, and such as stand for others": """
        import weakref
        from unittest.mock import AsyncMock, MagicMock
        class Ghost: pass
        ghost = Ghost()
        shade, haunted = weakref.proxy(ghost), [weakref.proxy(ghost)]
        del ghost
        class Refusing(list):
            def refuse(self, *_): raise RuntimeError('no')
            __class__ = property(refuse)
            __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __eq__ = __hash__ = refuse
        refusing = Refusing([1])
        class RefusingClass(type):
            def refuse(self, *_): raise RuntimeError('no')
            __name__ = property(refuse)
            __hash__ = __eq__ = refuse
        class Refused(metaclass=RefusingClass): pass
        refused = Refused()
        stand_ins = [MagicMock(spec=asyncio.Future), AsyncMock()]
        assert await stand_ins[1]()
        """,
    "weak references, and a finalizer that runs": """
        import weakref
        class Balloon: pass
        balloon, popped = Balloon(), []
        weakref.finalize(balloon, popped.append, 'pop')
        del balloon
        assert popped == ['pop']
        """,
    "signals' handlers are put back": """
        import signal
        rung = []
        earlier = signal.signal(signal.SIGUSR1, lambda *_: rung.append(1))
        signal.raise_signal(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, earlier)
        assert rung == [1]
        """,
    "ours: a queue with priorities, paused and resumed": """
        served = []
        async def serve_guest(payload, ctx): served.append(payload.value)
        restaurant = CollectorQueue([Collector('guest', serve_guest)], min_consumers=1,
                                    max_consumers=1, queue_type=QueueType.PRIORITY)
        async with restaurant:
            restaurant.pause()
            await restaurant.get_publisher().send_all(
                [Payload('late', priority=5), Payload('first', priority=0)])
            restaurant.resume()
        assert served == ['first', 'late']
        """,
    "ours: payloads from a thread": """
        async def take_in(payload, ctx): return Ok(payload.value)
        async with CollectorQueue([Collector('in', take_in)], min_consumers=1,
                                  max_consumers=1) as mailroom:
            sending = mailroom.get_publisher().send_threadsafe
            parcels = await asyncio.to_thread(lambda: sending(Payload('parcel')).result(10))
        assert parcels.first().value == 'parcel'
        """,
    "ours: a lifecycle with a database, over several cells": """
        import sqlite3
        @asynccontextmanager
        async def archive(ctx):
            ctx.shelf = sqlite3.connect(':memory:')
            ctx.shelf.execute('create table files (name)')
            yield
            ctx.shelf.close()
        async def file_away(payload, ctx):
            ctx.shelf.execute('insert into files values (?)', [payload.value])
            return Ok(ctx.shelf.execute('select count(*) from files').fetchone()[0])
        archiving = Workbench('archive')
        await archiving.put(Collector('file', file_away, lifecycle=archive))
        None
        ---
        filed = await archiving.send_all([Payload('a'), Payload('b')])
        assert [(await each.wait()).first().value for each in filed] == [1, 2]
        ---
        await archiving.close()
        """,
    "ours: an event that fails is looked at, and sent again": """
        async def weigh(payload, ctx): return Ok(float(payload.value))
        async with CollectorQueue([Collector('weigh', weigh)], min_consumers=1,
                                  max_consumers=1) as scales:
            weighing = await scales.get_publisher().send(Payload('1,5'))
            assert (await weighing.wait()).errors
            weighed = await scales.get_publisher().send(Payload('1.5'))
            assert (await weighed.wait()).first().value == 1.5
        """,
}
"""By name, the cells."""
