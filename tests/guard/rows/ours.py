"""Faults of queues, workbenches and panels."""

from tests.guard.row import Row

ROWS = [
    Row(
        "a processor raises, and nobody looks",
        """
        bakery = Workbench('bakery')
        @bakery.collector
        async def bake(payload, ctx):
            raise ValueError('no flour')
        await bakery.send(Payload('bread'))
        await bakery.publisher.wait()
        None
        ---
        await bakery.close()
        """,
        mend=(("raise ValueError('no flour')", "return Ok('bread')"),),
        line=r"'bake' gave an Error for event 1, .*, made in this cell: ValueError: no flour",
        red=0,
    ),
    Row(
        "a processor of a plain queue raises after its cell",
        """
        async def brew(payload, ctx):
            await hot.wait()
            raise ValueError('no hops')
        hot = asyncio.Event()
        brewery = CollectorQueue([Collector('brew', brew)], min_consumers=1, max_consumers=1)
        await brewery.init_queue()
        for _ in range(3):
            await brewery.get_publisher().send(Payload('ale'))
        ---
        hot.set()
        await brewery.shut_down_queue()
        """,
        mend=(("raise ValueError('no hops')", "return Ok('ale')"),),
        line=r"'brew' gave an Error for event 1 and 2 more, .*, made in In\[\d+\]: ValueError",
        red=1,
    ),
    Row(
        "a collector's timeout strikes, and nobody looks",
        """
        dairy = Workbench('dairy')
        @dairy.collector(timeout=0.01)
        async def ripen(payload, ctx):
            await asyncio.sleep(3600)
            return Ok('cheese')
        await dairy.send(Payload('milk'))
        await dairy.publisher.wait()
        None
        ---
        await dairy.close()
        """,
        mend=(("timeout=0.01", "timeout=60"), ("asyncio.sleep(3600)", "asyncio.sleep(0)")),
        line=r"collector 'ripen' gave an Error for event 1, .*, made in this cell: TimeoutError",
        red=0,
    ),
    Row(
        "a router raises, and nobody looks",
        """
        class Postman(Router):
            async def handle_event(self, payload):
                raise ValueError('no address')
        post = Workbench('post', router=Postman)
        await post.send(Payload('letter'))
        await post.publisher.wait()
        None
        ---
        await post.close()
        """,
        mend=(("raise ValueError('no address')", "return ResultList([Ok('sent')])"),),
        line=r"the router gave an Error for event 1, .*, made in this cell: ValueError: no address",
        red=0,
    ),
    Row(
        "a lifecycle's set-up fails, and nothing is sent",
        """
        mill = Workbench('mill')
        @asynccontextmanager
        async def turn(ctx):
            raise ValueError('no wind')
            yield
            pass
        ---
        @mill.collector(lifecycle=turn)
        async def grind(payload, ctx): return Ok(1)
        None
        ---
        await mill.close()
        """,
        mend=(("raise ValueError('no wind')", "pass"),),
        line=r"workbench 'mill' failed, made in this cell: ValueError: no wind - .*'grind'",
        red=1,
    ),
    Row(
        "a lifecycle's set-up fails in a task",
        """
        async def saw(payload, ctx): return Ok(1)

        @asynccontextmanager
        async def sharpen(ctx):
            raise ValueError('no blade')
            yield
            pass
        saws = Collector('saw', saw, lifecycle=sharpen)
        sawmill = CollectorQueue([saws], min_consumers=1, max_consumers=1)
        opening = asyncio.create_task(sawmill.init_queue())
        ---
        await sawmill.shut_down_queue()
        """,
        mend=(("raise ValueError('no blade')", "pass"),),
        line=r"task of CollectorQueue.init_queue\(\) failed, .*: ValueError: no blade",
        red=0,
    ),
    Row(
        "a task that a lifecycle has started fails",
        """
        @asynccontextmanager
        async def heat(ctx):
            fires.append(asyncio.create_task(burn()))
            yield
            pass
        fires = []
        async def burn(): raise ValueError('no coal')
        kiln = Workbench('kiln')
        @kiln.collector(lifecycle=heat)
        async def fire_clay(payload, ctx): return Ok(1)
        await kiln.ready()
        ---
        await kiln.close()
        """,
        mend=(("raise ValueError('no coal')", "return 1"),),
        line=r"task of burn\(\) failed, made in this cell: ValueError: no coal",
        red=0,
    ),
    Row(
        "a tear-down fails when its collector is replaced",
        """
        forge = Workbench('forge')
        @asynccontextmanager
        async def cool(ctx):
            pass
            yield
            raise ValueError('no ice')
        ---
        @forge.collector(lifecycle=cool)
        async def hammer(payload, ctx): return Ok(1)
        await forge.ready()
        ---
        forge.collector('hammer')(hammer)
        None
        ---
        await forge.close()
        """,
        mend=(
            ("raise ValueError('no ice')", "pass"),
            ("forge.collector('hammer')(hammer)\nNone", "await forge.remove('hammer')\nNone"),
        ),
        line=r"workbench 'forge' failed, made in this cell: ValueError: no ice - .*'hammer'",
        red=2,
    ),
    Row(
        "a tear-down fails when its workbench is made again",
        """
        tannery = Workbench('tannery')
        @asynccontextmanager
        async def dry(ctx):
            pass
            yield
            raise ValueError('rain')
        ---
        @tannery.collector(lifecycle=dry)
        async def tan(payload, ctx): return Ok(1)
        await tannery.ready()
        ---
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()):
            tannery = Workbench('tannery')
        await tannery.ready()
        ---
        await tannery.close()
        """,
        mend=(("raise ValueError('rain')", "pass"),),
        line=r"workbench 'tannery' failed, made in .*: ValueError: rain - .*'tan'",
        red=2,
    ),
    Row(
        "a workbench is never closed, and its tear-down fails",
        """
        @asynccontextmanager
        async def sweep(ctx):
            pass
            yield
            raise ValueError('no broom')
        smithy = Workbench('smithy')
        @smithy.collector(lifecycle=sweep)
        async def shoe(payload, ctx): return Ok(1)
        await smithy.ready()
        ---
        anvil = 1
        """,
        mend=(
            ("raise ValueError('no broom')", "pass"),
            ("anvil = 1", "await smithy.close()"),
        ),
        line=r"shutting down workbench 'smithy' failed, .*: ValueError: no broom - .*'shoe'",
        red=None,
    ),
    Row(
        "a workbench is never closed",
        """
        quarry = Workbench('quarry')
        ---
        stone = 1
        """,
        mend=(("stone = 1", "await quarry.close()"),),
        line=r"'quarry' was never shut down, made in In\[\d+\]; write: await quarry.close\(\)",
        red=None,
    ),
    Row(
        "a queue is never shut down, with an event in flight",
        """
        async def drive(payload, ctx):
            while depot.running:
                await asyncio.sleep(0.001)
            return Ok(1)
        depot = CollectorQueue([Collector('drive', drive)], min_consumers=1, max_consumers=1)
        await depot.init_queue()
        await depot.get_publisher().send(Payload('coach'))
        None
        ---
        coach = 1
        """,
        mend=(("coach = 1", "await depot.shut_down_queue()"),),
        line=r"'drive'.* was never shut down, with 1 event in flight, .* depot.shut_down_queue\(\)",
        red=None,
    ),
    Row(
        "a running queue is dropped",
        """
        import gc
        async def ferry(payload, ctx): return Ok(1)
        harbour = CollectorQueue([Collector('ferry', ferry)], min_consumers=1, max_consumers=1)
        await harbour.init_queue()
        del harbour
        gc.collect()
        None
        """,
        mend=(("del harbour", "await harbour.shut_down_queue()\ndel harbour"),),
        line=r"'ferry'.* was never shut down, made in this cell; use 'async with'",
    ),
    Row(
        "an action of a panel fails",
        """
        market = Workbench('market')
        stall = SendPanel(market)
        async def sell():
            raise ValueError('no coin')
        ---
        stall.start(sell)
        ---
        await market.close()
        """,
        mend=(("raise ValueError('no coin')", "pass"),),
        line=r"an action of SendPanel failed, made in this cell: ValueError: no coin",
        red=1,
    ),
    Row(
        "a processor blocks the loop",
        """
        import time
        well = Workbench('well')
        @well.collector
        async def draw_water(payload, ctx):
            time.sleep(1)
            return Ok(1)
        await well.send(Payload('bucket')).wait()
        None
        ---
        await well.close()
        """,
        mend=(("time.sleep(1)", "await asyncio.sleep(0.3)"),),
        line=r"the processor of collector 'draw_water' held the event loop",
        red=0,
    ),
    Row(
        "a topic is misspelt, and nobody gets the payload",
        """
        inn = Workbench('inn')
        @inn.collector(topics=['guest'])
        async def serve(payload, ctx): return Ok(1)
        await inn.send(Payload('tea', Delivery.TOPIC, topics=['gest'])).wait()
        None
        ---
        await inn.close()
        """,
        mend=(("'gest'", "'guest'"),),
        line=r"event 1 reached no collector: .*gest.*, made in this cell",
        red=0,
    ),
    Row(
        "a processor prints when its cell has ended",
        """
        dawn = asyncio.Event()
        farm = Workbench('farm')
        @farm.collector
        async def crow(payload, ctx):
            await dawn.wait()
            print('kikeriki')
            return Ok(1)
        day = await farm.send(Payload('cock'))
        ---
        dawn.set()
        await day.wait()
        None
        ---
        await farm.close()
        """,
        mend=(("    print('kikeriki')\n", ""),),
        line=r"collector 'crow' showed something for event 1, after the cell had ended, made in In",
        red=1,
        runner_only=True,
    ),
]
"""In the order in which they stand in a notebook."""
