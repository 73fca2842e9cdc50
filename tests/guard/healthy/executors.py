"""Healthy notebooks with executors, and with loops in threads: what fails is asked for."""

HEALTHY = {
    "futures that are asked in a later cell": """
from concurrent.futures import ThreadPoolExecutor, as_completed
def split_log(log):
    return 12 // log
with ThreadPoolExecutor(2) as axes:
    logs = [axes.submit(split_log, log) for log in (0, 1, 0)]
---
split = []
for each in as_completed(logs):
    try:
        split.append(each.result())
    except ZeroDivisionError:
        pass
assert split == [12]
""",
    "a map whose first failure is caught": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as saws:
    try:
        planks = list(saws.map(int, ['1', 'x', 'y', 'z']))
    except ValueError as error:
        planks = str(error)
assert "'x'" in planks
""",
    "a map over processes": """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('fork')) as mills:
    try:
        flour = list(mills.map(int, ['1', 'x', 'y'], chunksize=2))
    except ValueError:
        flour = 'none'
assert flour == 'none'
""",
    "futures whose callback asks": """
from concurrent.futures import ThreadPoolExecutor
heard = []
with ThreadPoolExecutor() as bells:
    for _ in range(3):
        bells.submit(int, 'ding').add_done_callback(lambda f: heard.append(f.exception()))
assert len(heard) == 3
""",
    "futures that are waited for, and then asked": """
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
with ThreadPoolExecutor() as looms:
    cloths = [looms.submit(int, text) for text in ('1', 'wool')]
    woven, waste = wait(cloths, return_when=FIRST_EXCEPTION)
    woven, waste = wait(cloths)
    del waste
faults = [cloth.exception() for cloth in woven]
assert sum(fault is not None for fault in faults) == 1
""",
    "a future of a thread that a coroutine awaits": """
from concurrent.futures import ThreadPoolExecutor
spinners = ThreadPoolExecutor()
try:
    yarn = await asyncio.wrap_future(spinners.submit(int, 'flax'))
except ValueError:
    yarn = None
try:
    yarn = await asyncio.get_running_loop().run_in_executor(spinners, int, 'hemp')
except ValueError:
    yarn = None
spinners.shutdown()
assert yarn is None
""",
    "a future that is cancelled, and one that nobody asks for its result": """
from concurrent.futures import ThreadPoolExecutor
opened = threading.Event()
gates = ThreadPoolExecutor(1)
gate, shut = gates.submit(opened.wait), gates.submit(int, 'x')
assert shut.cancel()
opened.set()
gates.shutdown()
""",
    "the time for a future is up, and it is asked again": """
from concurrent.futures import ThreadPoolExecutor
late = threading.Event()
def swim():
    late.wait()
    raise ValueError('no water')
with ThreadPoolExecutor() as ducks:
    duck = ducks.submit(swim)
    try:
        duck.result(timeout=0.001)
    except TimeoutError:
        late.set()
assert isinstance(duck.exception(), ValueError)
""",
    "a library's pool of threads": """
from tqdm import tqdm
from tqdm.contrib.concurrent import thread_map
import io
counted = thread_map(int, ['1', '2'], file=io.StringIO(), tqdm_class=tqdm)
assert counted == [1, 2]
""",
    "a loop in a thread whose failures are asked for": """
async def graft(tree):
    if not tree:
        raise ValueError('no tree')
    return tree
async def graft_all():
    return await asyncio.gather(graft(1), graft(0), return_exceptions=True)
nursery = asyncio.new_event_loop()
gardener = threading.Thread(target=nursery.run_forever)
gardener.start()
---
grafted = asyncio.run_coroutine_threadsafe(graft_all(), nursery).result()
assert isinstance(grafted[1], ValueError)
try:
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(graft(0), nursery))
except ValueError as error:
    assert str(error) == 'no tree'
---
nursery.call_soon_threadsafe(nursery.stop)
gardener.join()
nursery.close()
""",
    "asyncio.run in a thread, whose handler is the notebook's own": """
told_by_loop = []
async def fall():
    asyncio.get_running_loop().set_exception_handler(lambda loop, told: told_by_loop.append(told))
    asyncio.get_running_loop().call_soon(int, 'leaf')
    await asyncio.sleep(0.01)
autumn = threading.Thread(target=asyncio.run, args=(fall(),))
autumn.start()
autumn.join()
assert len(told_by_loop) == 1
""",
    "calls in threads that fail where a cell expects it": """
# expect-errors
import contextvars
def split_wood(axe=0):
    return 1 / axe
wood = asyncio.get_running_loop()
splitting = threading.Thread(target=lambda: wood.call_soon_threadsafe(split_wood))
splitting.start()
splitting.join()
wood.call_soon(split_wood, context=contextvars.Context())
await asyncio.wait([wood.run_in_executor(None, split_wood)])
None
---
with expect_errors(ZeroDivisionError):
    await asyncio.wait([wood.run_in_executor(None, split_wood)])
""",
    "pools of multiprocessing whose failures are asked for": """
from multiprocessing import get_context
from multiprocessing.pool import ThreadPool
dropped = []
with ThreadPool(2) as rakes:
    raked = [rakes.apply_async(int, [text]) for text in ('1', 'leaf')]
    mown = rakes.map_async(int, ['1', 'grass'])
    rakes.apply_async(int, ['moss'], error_callback=dropped.append)
    rakes.map_async(int, ['fern'], error_callback=dropped.append).wait()
    try:
        rakes.map(int, ['weed'])
    except ValueError:
        pass
    mown.wait()
    rakes.close()
    rakes.join()
assert raked[0].get() == 1
---
for each in (raked[1], mown):
    assert not each.successful()
with get_context('fork').Pool(1) as moles_pool:
    assert moles_pool.apply(abs, [-2]) == 2
    assert moles_pool.starmap(pow, [(2, 3)]) == [8]
assert len(dropped) == 2
""",
    "threads that end themselves": """
import sys
leaving = threading.Thread(target=sys.exit, args=(3,))
leaving.start()
leaving.join()
""",
    "handlers of the loop and of warnings that hear what they asked for": """
import logging, warnings
tide, heard_of = asyncio.get_running_loop(), []
tide.set_exception_handler(lambda loop, told: heard_of.append(told['message']))
tide.call_soon(int, 'salt')
await asyncio.sleep(0)
tide.set_exception_handler(None)
logging.captureWarnings(True)
logging.getLogger('py.warnings').addHandler(logging.NullHandler())
logging.getLogger('py.warnings').propagate = False
warnings.warn('old')
logging.captureWarnings(False)
assert len(heard_of) == 1
""",
    "coroutines, generators and groups that are kept, and were awaited": """
import collections, functools
async def rise_up(): return 1
async def fall_down(): yield 1
stairs, steps = fall_down(), collections.deque([rise_up(), rise_up()])
step = anext(stairs)
climbing = functools.partial(asyncio.gather, *steps)
---
assert await step == 1
assert await climbing() == [1, 1]
async with asyncio.TaskGroup() as climbers:
    climbers.create_task(rise_up())
""",
    "a timer that is cancelled": """
frost = threading.Timer(3600, int, ['ice'])
frost.start()
frost.cancel()
frost.join()
""",
}
"""By name, cells with a line `---` between two."""
