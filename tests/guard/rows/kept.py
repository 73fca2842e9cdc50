"""Faults that a variable keeps from being seen, or that lie in a cycle, until the end."""

from tests.guard.row import Row

ROWS = [
    Row(
        "awaits are forgotten, a list of them",
        """
        async def peel(): pass
        pears=[peel() for _ in range(3)]
        """,
        mend=(("[peel() for _ in range(3)]", "[await peel() for _ in range(3)]"),),
        line=r"coroutine peel\(\) was .*'pears' keeps it, made in In\[\d+\]; "
        r"write: await asyncio\.gather\(\*pears\)",
        red=None,
    ),
    Row(
        "awaits are forgotten, a dict of them",
        """
        async def cook(): pass
        jams = {'plum': cook(), 'fig': cook()}
        """,
        mend=(("'plum': cook(), 'fig': cook()", "'plum': await cook()"),),
        line=r"coroutine cook\(\) was .*write: await asyncio\.gather\(\*jams\.values\(\)\)",
        red=None,
    ),
    Row(
        "an await is forgotten, deep in what a variable keeps",
        """
        async def age(): pass
        cellar = {'left': [('brie', age())]}
        """,
        mend=(("age())]", "await age())]"),),
        line=r"coroutine age\(\) was .*write: await cellar\['left'\]\[0\]\[1\]",
        red=None,
    ),
    Row(
        "an await is forgotten, an attribute keeps the coroutine",
        """
        class Oven:
            def __init__(self): self.heat = None
            async def warm(self): pass
        oven = Oven()
        oven.heat = oven.warm()
        """,
        mend=(("oven.heat = oven.warm()", "oven.heat = await oven.warm()"),),
        line=r"coroutine Oven\.warm\(\) was .*write: await oven\.heat",
        red=None,
    ),
    Row(
        "an await is forgotten, a function encloses the coroutine",
        """
        async def knead(): pass
        def baker():
            dough = knead()
            return lambda: dough
        bake = baker()
        """,
        mend=(("return lambda: dough", "dough.close(); return lambda: dough"),),
        line=r"coroutine knead\(\) was .*'bake' keeps it.*await it where it is made",
        red=None,
    ),
    Row(
        "an await is forgotten in a thread",
        """
        async def rise(): pass
        loaf = asyncio.create_task(asyncio.to_thread(rise))
        await asyncio.wait([loaf])
        None
        """,
        mend=(("\nNone", "\nawait (await loaf)"),),
        line=r"coroutine rise\(\) was .*write: await \(await loaf\)",
        red=None,
    ),
    Row(
        "an await of a thread is forgotten, set without blanks",
        """
        c=asyncio.to_thread(int,'1')
        """,
        mend=(("c=", "c=await "),),
        line=r"coroutine to_thread\(\) was .*'c' keeps it, made in In\[\d+\]; write: await c",
        red=None,
    ),
    Row(
        "a future fails that an attribute keeps",
        """
        class Pan: pass
        pan = Pan()
        pan.egg = asyncio.gather(asyncio.to_thread(int, 'yolk'))
        await asyncio.wait([pan.egg])
        None
        """,
        mend=(("'yolk'", "'1'"),),
        line=r"a future that 'pan' keeps failed, made in In\[\d+\]: ValueError: .*yolk",
        red=None,
    ),
    Row(
        "a task fails that a factory has begun eagerly",
        """
        async def sprint():
            raise ValueError('no breath')
        lane = asyncio.get_running_loop()
        lane.set_task_factory(asyncio.eager_task_factory)
        race = asyncio.create_task(sprint())
        lane.set_task_factory(None)
        """,
        mend=(("raise ValueError('no breath')", "return 1"),),
        line=r"task of sprint\(\) failed, made in this cell: ValueError: no breath",
    ),
    Row(
        "a thread of the lowest kind fails",
        """
        import _thread
        falling, standing = threading.Event(), _thread._count()
        def fall():
            falling.set()
            raise ValueError('no ground')
        _thread.start_new_thread(fall, ())
        falling.wait(10)
        for _ in range(1000):
            if _thread._count() <= standing: break
            await asyncio.sleep(0.01)
        """,
        mend=(("raise ValueError('no ground')", "return 1"),),
        line=r"thread of fall\(\) failed, made in this cell: ValueError: no ground",
    ),
    Row(
        "a callback raises in the cell that has set the loop's handler back",
        """
        sea = asyncio.get_running_loop()
        sea.set_exception_handler(None)
        def sink():
            raise ValueError('no keel')
        sea.call_soon(sink)
        None
        """,
        mend=(("raise ValueError('no keel')", "return 1"),),
        line=r"callback sink\(\) of the event loop failed, made in this cell: ValueError: no keel",
    ),
    Row(
        "a thread fails in the cell that has set the hook of threads back",
        """
        threading.excepthook = threading.__excepthook__
        def drown():
            raise ValueError('no air')
        diver = threading.Thread(target=drown)
        diver.start()
        diver.join()
        """,
        mend=(("raise ValueError('no air')", "return 1"),),
        line=r"thread of drown\(\) failed, made in this cell: ValueError: no air",
    ),
    Row(
        "a callback of an executor's future raises",
        """
        from concurrent.futures import ThreadPoolExecutor
        def praise(done):
            raise ValueError('no words')
        with ThreadPoolExecutor() as choir:
            song = choir.submit(int, '1')
            song.add_done_callback(praise)
        None
        """,
        mend=(("raise ValueError('no words')", "return 1"),),
        line=r"callback praise\(\) of an executor's future failed, made in this cell: Value",
    ),
    Row(
        "the tear-down fails of an asynchronous context that was entered by hand",
        """
        @asynccontextmanager
        async def rent():
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                raise ValueError('no key')
        boat = rent()
        await boat.__aenter__()
        None
        """,
        mend=(("raise ValueError('no key')", "key = 1"),),
        line=r"rent\(\), an asynchronous generator, failed .*, made in In\[\d+\]: .*no key",
        red=None,
    ),
    Row(
        "a callback and a task fail in a context that knows no cell",
        """
        import contextvars
        def drift():
            raise ValueError('no oar')
        async def row_on():
            raise ValueError('no arm')
        river = asyncio.get_running_loop()
        river.call_soon(drift, context=contextvars.Context())
        rower = river.create_task(row_on(), context=contextvars.Context())
        """,
        mend=(("raise ValueError('no oar')", "pass"), ("raise ValueError('no arm')", "pass")),
        line=r"callback drift\(\) of the event loop failed, made in this cell: ValueError: no oar\n"
        r".*task of row_on\(\) failed, made in this cell: ValueError: no arm",
    ),
    Row(
        "a callback raises, and the notebook's handler passes it on",
        """
        lake = asyncio.get_running_loop()
        lake.set_exception_handler(lambda loop, told: loop.default_exception_handler(told))
        def freeze():
            raise ValueError('no frost')
        lake.call_soon(freeze)
        None
        ---
        lake.set_exception_handler(None)
        """,
        mend=(("raise ValueError('no frost')", "return 1"),),
        line=r"callback freeze\(\) of the event loop failed, made in this cell: ValueError: no fr",
        red=0,
    ),
    Row(
        "the notebook's handler of the loop raises",
        """
        puddle = asyncio.get_running_loop()
        puddle.set_exception_handler(lambda loop, told: told['colour'])
        puddle.call_soon(int, 'wet')
        None
        ---
        puddle.set_exception_handler(None)
        """,
        mend=(("told['colour']", "told['message']"),),
        line=r"Unhandled error in exception handler, made in this cell: KeyError: 'colour'",
        red=0,
    ),
    Row(
        "an await is forgotten while warnings go to the log",
        """
        import logging
        logging.captureWarnings(True)
        async def smoke(): pass
        smoke()
        logging.captureWarnings(False)
        """,
        mend=(("\nsmoke()", "\nawait smoke()"),),
        line=r"coroutine smoke\(\) was never awaited, made in this cell; write: await smoke\(\)",
    ),
    Row(
        "awaits are forgotten, and no variable leads to them",
        """
        import collections, functools
        async def salt(): pass
        barrel, jar = collections.deque([salt()]), functools.partial(print, salt())
        """,
        mend=(("salt()])", "await salt()])"), ("print, salt()", "print, await salt()")),
        line=r"coroutine salt\(\) was .*something keeps it, made in In\[\d+\]; await it where",
        red=None,
    ),
    Row(
        "a future fails, and no variable leads to it",
        """
        import collections
        async def pickle_plum(): raise ValueError('no vinegar')
        jars = collections.deque([asyncio.gather(pickle_plum())])
        """,
        mend=(("raise ValueError('no vinegar')", "return 1"),),
        line=r"a future failed, and something keeps it, made in In\[\d+\]: ValueError: no vinegar",
        red=None,
    ),
    Row(
        "an await of an asynchronous generator's next is forgotten, and kept",
        """
        async def wake():
            yield 1
        morning = anext(wake())
        """,
        mend=(("morning = anext(wake())", "morning = await anext(wake())"),),
        line=r"coroutine wake\(\)\.__anext__\(\) was never awaited.* made in In\[\d+\]",
        red=None,
    ),
    Row(
        "a task fails in a task group that is never left",
        """
        async def carry():
            raise ValueError('no back')
        porters = asyncio.TaskGroup()
        await porters.__aenter__()
        carried = porters.create_task(carry())
        try:
            await asyncio.wait([carried])
        except asyncio.CancelledError:
            pass
        """,
        mend=(("raise ValueError('no back')", "return 1"),),
        line=r"a task failed in a task group that was never left, .*: ValueError: no back; use",
        red=None,
    ),
]
