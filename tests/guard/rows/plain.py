"""Faults of asyncio and threads, in notebooks that have nothing to do with our queue."""

from tests.guard.row import Row

ROWS = [
    Row(
        "a task crashes, its reference is kept",
        """
        async def feed_cat():
            raise ValueError('no food')
        cat = asyncio.create_task(feed_cat())
        """,
        mend=(("raise ValueError('no food')", "return 'fed'"),),
        line=r"task of feed_cat\(\) failed, made in this cell: ValueError: no food",
    ),
    Row(
        "a task crashes, its reference is dropped",
        """
        async def feed_dog():
            await asyncio.sleep(0)
            raise ValueError('no bone')
        asyncio.create_task(feed_dog())
        None
        """,
        mend=(("raise ValueError('no bone')", "return 'fed'"),),
        line=r"task of feed_dog\(\) failed, made in this cell: ValueError: no bone",
    ),
    Row(
        "a task with a name crashes in a later cell",
        """
        hungry = asyncio.Event()
        async def feed_cow():
            await hungry.wait()
            raise ValueError('no hay')
        cow = asyncio.create_task(feed_cow(), name='cow')
        ---
        hungry.set()
        await asyncio.wait([cow])
        None
        """,
        mend=(("raise ValueError('no hay')", "return 'fed'"),),
        line=r"task 'cow' of feed_cow\(\) failed, made in In\[\d+\]: ValueError: no hay",
    ),
    Row(
        "a task that a task has made crashes",
        """
        async def lay_egg():
            raise ValueError('no hen')
        async def keep_hens():
            asyncio.create_task(lay_egg())
            await asyncio.sleep(0)
        await keep_hens()
        """,
        mend=(("raise ValueError('no hen')", "return 'egg'"),),
        line=r"task of lay_egg\(\) failed, made in this cell: ValueError: no hen",
    ),
    Row(
        "a task made by its class crashes",
        """
        async def feed_pig():
            raise ValueError('no corn')
        pig = asyncio.Task(feed_pig(), loop=asyncio.get_running_loop())
        """,
        mend=(("raise ValueError('no corn')", "return 'fed'"),),
        line=r"'pig'.* failed.*: ValueError: no corn",
    ),
    Row(
        "a gathered future crashes, and nobody awaits it",
        """
        async def feed_horse():
            raise ValueError('no oats')
        stable = asyncio.gather(feed_horse(), asyncio.sleep(0))
        """,
        mend=(("raise ValueError('no oats')", "return 'fed'"),),
        line=r"'stable'.* failed.*: ValueError: no oats",
    ),
    Row(
        "a call in an executor crashes, and nobody awaits it",
        """
        def weigh():
            raise ValueError('no scales')
        scales = asyncio.get_running_loop().run_in_executor(None, weigh)
        await asyncio.wait([scales])
        None
        """,
        mend=(("raise ValueError('no scales')", "return 7"),),
        line=r"call of weigh\(\) in an executor failed, made in this cell: ValueError: no scales",
    ),
    Row(
        "a cell says by its comment that it fails, and nothing does",
        """
        # expect-errors
        async def feed_goat():
            pass
        await feed_goat()
        """,
        mend=(("# expect-errors", "# expect nothing"),),
        line=r"a cell tagged expect-errors has seen no failure, made in In\[\d+\]",
        red=None,
    ),
    Row(
        "an await is forgotten, the coroutine dropped",
        """
        async def shear():
            return 'wool'
        shear()
        None
        """,
        mend=(("\nshear()\nNone", "\nwool = await shear()"),),
        line=r"coroutine shear\(\) was never awaited, made in this cell; write: await shear\(\)",
    ),
    Row(
        "an await is forgotten, the coroutine is what the cell gives",
        """
        async def milk():
            pass
        milk()
        """,
        mend=(("\nmilk()", "\nawait milk()"),),
        line=r"coroutine milk\(\) was never awaited, made in this cell; write: await milk\(\)",
    ),
    Row(
        "an await is forgotten, a variable keeps the coroutine",
        """
        async def churn():
            return 'butter'
        butter = churn()
        ---
        bread = 1
        """,
        mend=(("butter = churn()", "butter = await churn()"),),
        line=r"coroutine churn\(\) was never awaited.*'butter'.*write: await butter",
        red=None,
    ),
    Row(
        "awaits are forgotten, a list keeps the coroutines",
        """
        async def pick():
            return 'plum'
        plums = [pick() for _ in range(3)]
        """,
        mend=(("[pick() for _ in range(3)]", "[await pick() for _ in range(3)]"),),
        line=r"coroutine pick\(\) was never awaited.*'plums'",
        red=None,
    ),
    Row(
        "a callback of the loop raises",
        """
        def ring():
            raise ValueError('no bell')
        asyncio.get_running_loop().call_soon(ring)
        None
        """,
        mend=(("raise ValueError('no bell')", "return 'dong'"),),
        line=r"callback ring\(\) of the event loop failed, made in this cell: ValueError: no bell",
    ),
    Row(
        "a callback of the loop that waits for a socket raises in a later cell",
        """
        import socket
        rung = asyncio.Event()
        rope, bell = socket.socketpair()
        def ring_later():
            asyncio.get_running_loop().remove_reader(bell)
            rung.set()
            raise ValueError('no rope')
        asyncio.get_running_loop().add_reader(bell, ring_later)
        ---
        rope.send(b'pull')
        await rung.wait()
        rope.close()
        bell.close()
        """,
        mend=(("raise ValueError('no rope')", "return 'dong'"),),
        line=r"callback ring_later\(\).* failed, made in In\[\d+\]: ValueError: no rope",
    ),
    Row(
        "a done callback of a task raises",
        """
        def praise(task):
            raise ValueError('no praise')
        async def plough(): pass
        field = asyncio.create_task(plough())
        field.add_done_callback(praise)
        """,
        mend=(("raise ValueError('no praise')", "pass"),),
        line=r"callback praise\(\).* failed, made in this cell: ValueError: no praise",
    ),
    Row(
        "a connection's callback raises",
        """
        async def greet(reader, writer):
            writer.close()
            raise ValueError('no manners')
        gate = await asyncio.start_server(greet, '127.0.0.1', 0)
        reader, writer = await asyncio.open_connection(*gate.sockets[0].getsockname())
        await reader.read()
        writer.close()
        gate.close()
        await gate.wait_closed()
        """,
        mend=(("raise ValueError('no manners')", "pass"),),
        line=r"client_connected_cb.*: ValueError: no manners",
    ),
    Row(
        "a thread whose target is a builtin raises",
        """
        worm = threading.Thread(target=int, args=['no earth'])
        worm.start()
        worm.join()
        """,
        mend=(("no earth", "1"),),
        line=r"thread of int\(\) failed, made in this cell: ValueError: invalid literal",
    ),
    Row(
        "a thread raises",
        """
        def dig():
            raise ValueError('no spade')
        mole = threading.Thread(target=dig)
        mole.start()
        mole.join()
        """,
        mend=(("raise ValueError('no spade')", "pass"),),
        line=r"thread of dig\(\) failed, made in this cell: ValueError: no spade",
    ),
    Row(
        "a thread with a name raises in a later cell",
        """
        dark = threading.Event()
        def dig_on():
            dark.wait()
            raise ValueError('no lamp')
        badger = threading.Thread(target=dig_on, name='badger')
        badger.start()
        ---
        dark.set()
        badger.join()
        """,
        mend=(("raise ValueError('no lamp')", "pass"),),
        line=r"thread 'badger' failed, made in In\[\d+\]: ValueError: no lamp",
    ),
    Row(
        "`__del__` raises",
        """
        class Barn:
            def __del__(self):
                raise ValueError('no door')
        barn = Barn()
        del barn
        """,
        mend=(("raise ValueError('no door')", "pass"),),
        line=r"Barn.__del__ raised where nobody can hear it, made in this cell: ValueError",
    ),
    Row(
        "a finalizer raises",
        """
        import weakref
        class Shed: pass
        def lock_up():
            raise ValueError('no key')
        shed = Shed()
        weakref.finalize(shed, lock_up)
        del shed
        """,
        mend=(("raise ValueError('no key')", "pass"),),
        line=r"raised where nobody can hear it.*: ValueError: no key",
    ),
    Row(
        "a task is collected before it has ended",
        """
        import gc
        async def dream():
            await asyncio.Future()
        asyncio.create_task(dream())
        await asyncio.sleep(0)
        gc.collect()
        None
        """,
        mend=(("await asyncio.Future()", "pass"),),
        line=r"task of dream\(\) was dropped before it ended, made in this cell",
    ),
    Row(
        "a task is pending at the end",
        """
        async def graze():
            await asyncio.sleep(3600)
        sheep = [asyncio.create_task(graze()) for _ in range(2)]
        ---
        wolf = 1
        """,
        mend=(("wolf = 1", "wolf = [each.cancel() for each in sheep]"),),
        line=r"task of graze\(\) \(2 times\) was still pending at the end, made in In\[\d+\]",
        red=None,
    ),
    Row(
        "a pending task fails when it is stopped at the end",
        """
        async def guard_flock():
            try:
                await asyncio.sleep(3600)
            finally:
                raise ValueError('no dog')
        shepherd = asyncio.create_task(guard_flock())
        ---
        crook = 1
        """,
        mend=(
            ("crook = 1", "crook = shepherd.cancel()\nawait asyncio.wait([shepherd])\nNone"),
            ("raise ValueError('no dog')", "pass"),
        ),
        line=r"task of guard_flock\(\) failed, made in In\[\d+\]: ValueError: no dog",
        red=None,
    ),
    Row(
        "an expected failure does not come",
        """
        from event_collector_widgets.guard import expect_errors
        async def sow():
            pass
        with expect_errors(ValueError):
            oats = asyncio.create_task(sow())
        """,
        mend=(("    pass", "    raise ValueError('no seed')"),),
        line=r"expect_errors\(ValueError\) has seen no failure",
    ),
    Row(
        "another failure comes than was expected",
        """
        async def reap():
            raise KeyError('scythe')
        with expect_errors(ValueError, ArithmeticError):
            wheat = asyncio.create_task(reap())
        """,
        mend=(("KeyError('scythe')", "ZeroDivisionError('scythe')"),),
        line=r"task of reap\(\) failed, made in this cell: KeyError: 'scythe'",
    ),
]
"""In the order in which they stand in a notebook."""
