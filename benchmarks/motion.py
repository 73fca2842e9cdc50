"""The animation in JupyterLab and in a browser: `python -m benchmarks.motion`.

What a frame costs the page, what an animation in view costs a burst, and how far the picture is
behind one. It prints figures beside their goals, and never fails on speed. `--scale` makes a trial.
It needs a browser, and the extra `[test]`.
"""

import bisect
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.command import scale_of
from benchmarks.kernels import Kernel
from benchmarks.panels import a_kernel

COUNT = 100_000
"""Payloads of a burst."""
ROUNDS = 12
TOKENS = 300
FRAMES = 300
VIEWS = """
from event_collector_widgets import Animation
bench = Workbench(history=200_000, name='motion')
await bench.put(Collector('noop', noop)); await bench.put(Collector('other', noop))
animation = Animation(bench)
sent = []
tell = animation.send
def send(content, buffers=None):
    sent.append(len(json.dumps(content)))
    tell(content, buffers)
import json
animation.send = send
animation._do('all', {'view': 'one'})
def look(seen):
    animation._do('seen', {'view': 'one', 'seen': seen})
async def burst(count):
    payloads = [Payload(n, keys=['noop']) for n in range(count)]
    began, used = time.perf_counter(), time.thread_time()
    await bench.send_all(payloads)
    await bench.publisher.wait()
    return time.perf_counter() - began, time.thread_time() - used
async def rest():
    while animation._due or animation._feed.behind:
        await asyncio.sleep(0.1)
"""
"""What its cost is measured with, in a kernel: `look` says whether it is in view."""

BENCH = """
import asyncio, time
from event_collector import Collector, Ok, Payload
from event_collector_widgets import Animation, Workbench
bench = Workbench(history=200_000)
@bench.collector
async def noop(payload, ctx): return Ok(payload.value)
await bench.ready()
"""
SHOWN = "animation = Animation(bench)\nanimation"
LOAD = """
said = []
async def watch():
    while True:
        said.append([time.time() * 1000, bench.metrics().accepted])
        await asyncio.sleep(0.005)
watching = asyncio.ensure_future(watch())
await bench.send_all([Payload(n) for n in range({count})])
await bench.publisher.wait()
said.append([time.time() * 1000, bench.metrics().accepted])
watching.cancel()
"""
SEEN = """() => {
    window.seen = [];
    const look = () => {
        const text = document.querySelector(".ec-place.ec-publisher .ec-big")?.textContent;
        const count = Number((text ?? "").replaceAll(",", ""));
        if (count !== window.seen.at(-1)?.[1]) window.seen.push([Date.now(), count]);
        requestAnimationFrame(look);
    };
    look();
}"""
DRAW = """async ([rows, frames]) => {
    const said = {
        format: "event-collector-trace", version: 1, start: 0,
        queue: { order: "FIFO", default_priority: 1000, min_consumers: 1, max_consumers: 16,
                 max_queued: null, router: "SimpleRouter", chooses: true },
        changes: [[null, [["a", [], null], ["b", [], null], ["c", [], null]]]], notes: [],
        routes: [["k", ["a"], [], null], ["b", [], [], null]],
        ways: [[["a", 0]], [["a", 0], ["b", 1], ["c", 0]]], texts: ["done"], events: rows,
    };
    const root = document.createElement("main");
    document.body.append(root);
    const stage = new Stage(root, readTrace(said), { pace: "steps" });
    cancelAnimationFrame(stage.due);
    const { player } = stage;
    player.go(rows.length + 16);
    stage.draw(performance.now());
    const spent = [];
    for (let n = 0; n < frames; n++) {
        await new Promise(requestAnimationFrame);
        const began = performance.now();
        if (n % 10 === 0) player.go(player.n + 1);
        stage.draw(began);
        stage.drawing.glide(began);
        root.getBoundingClientRect();  // style and layout, too
        spent.push(performance.now() - began);
    }
    const tokens = stage.frame.tokens.length;
    stage.remove();
    return [tokens, spent];
}"""

type Line = tuple[str, str, str]
"""What was measured, the figure, and its goal or nothing."""


def main(argv: list[str] | None = None) -> int:
    """Measure, and print the figures."""
    scale = scale_of(argv, "benchmarks.motion", __doc__)
    with a_browser() as browser:
        for line in [*frames(browser, scale), *lag(browser, scale)]:
            _say(*line)
    with a_kernel() as kernel:
        for line in cost(kernel, scale):
            _say(*line)
    return 0


def _say(what: str, figure: str, goal: str) -> None:
    sys.stdout.write(f"{what:<58} {figure:>24}  {goal}\n")
    sys.stdout.flush()


@contextmanager
def a_browser() -> Iterator[Any]:
    """A browser without a window.

    Raises:
        FileNotFoundError: There is none.
    """
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import FLAGS

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def rows_of(tokens: int) -> list[list[Any]]:
    """Events of a trace of which so many tokens are in sight after all are accepted."""
    rows: list[list[Any]] = []
    for n in range(tokens):
        waited = 1_000_000 + n * 1_000
        rows.append([n + 1, f"payload {n}", 0, n, waited, waited + 15_500, n % 16 + 1, 0, 0])
    return rows


def frames(browser: Any, scale: float) -> Iterator[Line]:
    """What a frame costs the page's main thread: script, style and layout."""
    from event_collector_widgets.motion.bundle import joined, style

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content("<!doctype html><body></body>")
    page.add_style_tag(content=style("motion"))
    page.add_script_tag(content=joined("reading", "stage"))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    number = max(30, int(FRAMES * scale))
    before = _main_thread(session)
    tokens, spent = page.evaluate(DRAW, [rows_of(TOKENS), number])
    whole = (_main_thread(session) - before) * 1000 / number
    spent.sort()
    figure = f"{statistics.median(spent):.1f} ms, {spent[len(spent) * 9 // 10]:.1f} ms"
    yield f"a frame of about {tokens} tokens, p50 and p90", figure, "12 ms"
    yield "the main thread for it, painting too, mean", f"{whole:.1f} ms", ""
    page.close()


def _main_thread(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    found: float = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
    return found


def lag(browser: Any, scale: float) -> Iterator[Line]:
    """How far the picture is behind a burst, in JupyterLab."""
    from tests.browser.lab import a_lab
    from tests.browser.pages import Page

    count = max(2_000, int(COUNT * scale))
    with tempfile.TemporaryDirectory() as folder, a_lab(Path(folder)) as lab:
        page = Page(browser, lab, "lag.ipynb", height=1100)
        page.open(BENCH, SHOWN, "0")
        page.page.locator(".ec-held").wait_for()
        page.page.evaluate(SEEN)
        page.ask(LOAD.format(count=count))
        page.page.wait_for_function(
            f"window.seen.at(-1)[1] === {count}", timeout=120_000, polling=50
        )
        said = json.loads(page.ask("import json; print(json.dumps(said))"))
        seen = page.page.evaluate("window.seen")
        page.close()
    late = sorted(behind(said, seen))
    burst = said[-1][0] - said[0][0]
    figure = f"{statistics.median(late):.2f} s, {late[-1]:.2f} s"
    yield f"behind a burst of {count:,} in {burst / 1000:.1f} s, p50 and most", figure, "1 s"
    end = (seen[-1][0] - said[-1][0]) / 1000
    yield "from its end to a picture that shows all of it", f"{end:.2f} s", "1 s"


def behind(said: list[list[float]], seen: list[list[float]]) -> Iterator[float]:
    """At each time at which the queue was looked at, how old the picture was, in seconds.

    Args:
        said: When, in milliseconds, how many the queue had accepted.
        seen: The same of the picture.
    """
    counts = [count for _, count in seen]
    for when, count in said:
        place = bisect.bisect_left(counts, count)
        if place < len(seen):
            yield max(0.0, seen[place][0] - when) / 1000


def cost(kernel: Kernel, scale: float) -> Iterator[Line]:
    """What an animation in view costs a burst, in paired rounds within a kernel."""
    count, rounds = max(500, int(COUNT * scale)), max(3, int(ROUNDS * scale))
    kernel.run("import time, asyncio\n" + VIEWS)
    kernel.value(f"[await burst({count}), await rest(), await burst({count})][0]")
    found: dict[bool, list[float]] = {True: [], False: []}
    messages, sizes, seconds = 0, 0, 0.0
    for turn in range(2 * rounds):
        seen = turn % 4 in (1, 2)
        kernel.run(f"await rest(); look({seen}); await rest(); sent.clear()")
        clock, used = kernel.value(f"await burst({count})")
        found[seen].append(used)
        if seen:
            number, size = kernel.value("[len(sent), sum(sent)]")
            messages, sizes, seconds = messages + number, sizes + size, seconds + clock
    pairs = [on / off for on, off in zip(found[True], found[False], strict=True)]
    middle = statistics.median(found[False])
    yield f"a burst of {count:,} without it, computing", f"{middle:.2f} s", ""
    share = 100 * (statistics.median(pairs) - 1)
    figure = f"{share:.1f} % ({100 * (min(pairs) - 1):.1f}..{100 * (max(pairs) - 1):.1f})"
    yield "what it costs more in view", figure, "5 %"
    yield "messages a second meanwhile", f"{messages / seconds:.1f}", "10"
    yield "of so many bytes each", f"{sizes / max(1, messages):,.0f}", ""


if __name__ == "__main__":
    sys.exit(main())
