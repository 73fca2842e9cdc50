"""Faults of executors, and of loops that run in threads, where no log of a cell is compared."""

from tests.guard.row import Row

ROWS = [
    Row(
        "a call in the loop's executor fails, and its future is dropped",
        """
        def empty_well():
            raise ValueError('no bucket')
        await asyncio.wait([asyncio.get_running_loop().run_in_executor(None, empty_well)])
        None
        """,
        mend=(("raise ValueError('no bucket')", "pass"),),
        line=r"call of empty_well\(\) in an executor failed, made in this cell: .*no bucket",
    ),
    Row(
        "a callback that a thread has brought into the loop raises",
        """
        def bark():
            raise ValueError('no moon')
        kennel = asyncio.get_running_loop()
        hound = threading.Thread(target=kennel.call_soon_threadsafe, args=(bark,))
        hound.start()
        hound.join()
        """,
        mend=(("raise ValueError('no moon')", "return 1"),),
        line=r"callback bark\(\) of the event loop failed, made in this cell: ValueError: no moon",
    ),
    Row(
        "a task that a thread has brought into the loop fails in a later cell",
        """
        howling = asyncio.Event()
        async def howl():
            await howling.wait()
            raise ValueError('no wolf')
        async def pack(): asyncio.create_task(howl(), name='wolf')
        den = asyncio.get_running_loop()
        wolf = threading.Thread(
            target=lambda: asyncio.run_coroutine_threadsafe(pack(), den).result())
        wolf.start()
        await asyncio.to_thread(wolf.join)
        ---
        howling.set()
        """,
        mend=(("raise ValueError('no wolf')", "return 1"),),
        line=r"task 'wolf' of howl\(\) failed, made in In\[\d+\]: ValueError: no wolf",
    ),
    Row(
        "a call in a thread pool fails, and its future is dropped",
        """
        from concurrent.futures import ThreadPoolExecutor
        def dig_well():
            raise ValueError('no spade')
        with ThreadPoolExecutor() as diggers:
            diggers.submit(dig_well)
        """,
        mend=(("raise ValueError('no spade')", "return 'water'"),),
        line=r"call of dig_well\(\) in an executor failed, made in this cell: ValueError: no spade",
    ),
    Row(
        "a call in a thread pool fails, and is asked too late",
        """
        from concurrent.futures import ThreadPoolExecutor, wait
        def dig_pond():
            raise ValueError('no mud')
        ponds = ThreadPoolExecutor()
        pond = ponds.submit(dig_pond)
        ---
        wait([pond])
        ponds.shutdown()
        pond = None
        """,
        mend=(("pond = None", "pond = type(pond.exception())\nassert pond is ValueError"),),
        line=r"call of dig_pond\(\) in an executor failed, made in In\[\d+\]: ValueError: no mud",
    ),
    Row(
        "a call in a thread pool fails, and a variable keeps its future",
        """
        from concurrent.futures import ThreadPoolExecutor
        def dig_moat():
            raise ValueError('no castle')
        with ThreadPoolExecutor() as moats:
            moat = moats.submit(dig_moat)
        ---
        drawbridge = 1
        """,
        mend=(("drawbridge = 1", "assert str(moat.exception()) == 'no castle'"),),
        line=r"call of dig_moat\(\) in an executor failed, made in In\[\d+\]: "
        r"ValueError: no castle; ask its future: \.result\(\)",
        red=None,
    ),
    Row(
        "a call in a pool of multiprocessing fails, and its result is dropped",
        """
        from multiprocessing.pool import ThreadPool
        def dig_ditch():
            raise ValueError('no rain')
        with ThreadPool(1) as ditches:
            ditches.apply_async(dig_ditch)
            ditches.close()
            ditches.join()
        """,
        mend=(("raise ValueError('no rain')", "return 1"),),
        line=r"call of dig_ditch\(\) in a pool failed, made in this cell: ValueError: no rain; ask",
    ),
    Row(
        "calls in a pool of multiprocessing fail, and a variable keeps their result",
        """
        from multiprocessing.pool import ThreadPool
        def dig_trench(depth):
            return 1 / depth
        with ThreadPool(1) as trenches:
            trench = trenches.map_async(dig_trench, [1, 0])
            trench.wait()
        """,
        mend=(("[1, 0]", "[1, 2]"),),
        line=r"call of dig_trench\(\) in a pool failed, made in In\[\d+\]: ZeroDivisionError",
        red=None,
    ),
    Row(
        "what map() gives is not gone through",
        """
        from concurrent.futures import ThreadPoolExecutor
        def plough(field):
            return 1 / field
        with ThreadPoolExecutor() as oxen:
            furrows = oxen.map(plough, [1, 0, 0])
            furrows = None
        """,
        mend=(("furrows = None", "furrows = list(furrows)"), ("[1, 0, 0]", "[1, 2, 4]")),
        line=r"call of plough\(\) in an executor failed, made in this cell: ZeroDivisionError: .*; "
        r"go through what map\(\) gives",
    ),
    Row(
        "a call in another process fails, and its future is dropped",
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        forked = multiprocessing.get_context('fork')
        with ProcessPoolExecutor(1, mp_context=forked) as barns:
            barns.submit(int, 'hay')
        """,
        mend=(("'hay'", "'7'"),),
        line=r"call of int\(\) in an executor failed, made in this cell: ValueError: invalid",
    ),
    Row(
        "a task fails in the loop that a thread runs to its end",
        """
        async def press_apple():
            raise ValueError('no press')
        async def press_apples():
            asyncio.create_task(press_apple())
            await asyncio.sleep(0.01)
        cider = threading.Thread(target=asyncio.run, args=(press_apples(),))
        cider.start()
        cider.join()
        """,
        mend=(("raise ValueError('no press')", "return 'must'"),),
        line=r"task of press_apple\(\) failed, made in this cell: ValueError: no press",
    ),
    Row(
        "a callback and a task fail in the loop of a thread that goes on",
        """
        async def press_grape():
            raise ValueError('no vat')
        def stamp():
            raise KeyError('foot')
        cellar = asyncio.new_event_loop()
        vintner = threading.Thread(target=cellar.run_forever)
        vintner.start()
        ---
        cellar.call_soon_threadsafe(stamp)
        cellar.call_soon_threadsafe(lambda: cellar.create_task(press_grape()) and None)
        cellar.call_soon_threadsafe(cellar.call_later, 0.01, cellar.stop)
        vintner.join()
        cellar.close()
        """,
        mend=(("raise ValueError('no vat')", "return 1"), ("raise KeyError('foot')", "return 2")),
        line=r"callback stamp\(\) of the event loop failed, made in this cell: KeyError: 'foot'\n.*"
        r"task of press_grape\(\) failed, made in this cell: ValueError: no vat",
    ),
    Row(
        "a coroutine fails in the loop of a thread, and its future is dropped",
        """
        async def brew():
            raise ValueError('no hops')
        async def drain_vat():
            pass
        brewery = asyncio.new_event_loop()
        brewer = threading.Thread(target=brewery.run_forever)
        brewer.start()
        asyncio.run_coroutine_threadsafe(brew(), brewery)
        asyncio.run_coroutine_threadsafe(drain_vat(), brewery).result()
        brewery.call_soon_threadsafe(brewery.stop)
        brewer.join()
        brewery.close()
        """,
        mend=(("raise ValueError('no hops')", "return 'ale'"),),
        line=r"coroutine brew\(\) in another thread's loop failed, made in this cell: "
        r"ValueError: no hops",
    ),
    Row(
        "a timer fails",
        """
        def crow():
            raise ValueError('no cock')
        dawn = threading.Timer(0.001, crow)
        dawn.start()
        dawn.join()
        """,
        mend=(("raise ValueError('no cock')", "pass"),),
        line=r"timer of crow\(\) failed, made in this cell: ValueError: no cock",
    ),
    Row(
        "a future is made to fail by hand, by a later cell",
        """
        rain = asyncio.get_running_loop().create_future()
        ---
        rain.set_exception(ValueError('no cloud'))
        """,
        mend=(("set_exception(ValueError('no cloud'))", "set_result('cloud')"),),
        line=r"a future that 'rain' keeps failed, made in this cell: ValueError: no cloud",
    ),
]
"""In the order in which they stand in a notebook."""
