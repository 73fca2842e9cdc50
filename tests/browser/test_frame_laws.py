"""The laws of the animation's frame, on what random histories of the property machine leave.

They run in the page, where the animation does. The machine has a thread of its own: playwright's
event loop runs in this one.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets.motion.bundle import joined
from event_collector_widgets.motion.format import plain
from event_collector_widgets.motion.moments import at
from event_collector_widgets.motion.trace import Trace, TracedEvent
from hypothesis import given, settings

from event_collector import (
    Collector,
    CollectorQueue,
    Context,
    Delivery,
    Ok,
    Payload,
    QueueType,
    Result,
    SimpleRouter,
)
from tests.engine.machine.plan import Change, Plan
from tests.engine.machine.plans import changing, passing, pausing, plans, sending, stopping, waiting
from tests.widgets.motion.histories import (
    cut_off_trace,
    history_of,
    six_payloads,
    trace_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.long]

LAWS = Path(__file__).with_name("frame_laws.js")
MANY = settings(max_examples=600, deadline=None, database=None)
runs = plans(
    *(sending, sending, sending, sending, changing, pausing, pausing, stopping, waiting),
    *(passing, passing),
)

type InThread = Callable[[Callable[[], str]], str]


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    """A page with the modules of the frame, and the laws."""
    page = browser.new_page()
    page.add_script_tag(content=joined("reading", "frame", "reasons") + LAWS.read_text("utf-8"))
    yield page
    page.close()


@pytest.fixture(scope="module")
def in_thread() -> Iterator[InThread]:
    """Runs the machine where no other loop runs."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda make: pool.submit(make).result()


def broken(page: Any, text: str) -> list[str]:
    """The laws that do not hold for a trace."""
    found: list[str] = page.evaluate("text => broken(JSON.parse(text))", text)
    return found


def test_the_laws_hold_for_every_history(page: Any, in_thread: InThread) -> None:
    """One place each, counts that add up, no leaps, and every transition once, in order."""

    @given(runs)
    @MANY
    def law(plan: Plan) -> None:
        told = broken(page, in_thread(lambda: trace_of(plan).to_json()))
        if parks_batches(plan):
            told = [each for each in told if "was taken before" not in each]
        assert told == []

    law()


@pytest.mark.parametrize("queue_type", QueueType)
def test_the_laws_hold_where_payloads_are_cut_off(
    page: Any, in_thread: InThread, queue_type: QueueType
) -> None:
    """With and without a priority. One in ten random histories has that, and these for certain."""
    text = in_thread(lambda: cut_off_trace(queue_type).to_json())
    events = Trace.from_json(text).events
    assert sum(each.taken is None and each.finished is not None for each in events) == 5
    assert broken(page, text) == []


def parks_batches(plan: Plan) -> bool:
    """Whether payloads may wait for a place in a collector of batches: a trace does not say how
    many that takes, and whoever waits there is passed by those behind him."""
    changes = [step.place for step in plan.steps if isinstance(step, Change)]
    places = [*plan.collectors, *changes]
    return any(place.batch_size and place.max_concurrency for place in places)


def test_the_laws_hold_where_the_queue_is_not_known(page: Any, in_thread: InThread) -> None:
    """As of a DataFrame."""

    @given(runs)
    @settings(MANY, max_examples=100)
    def law(plan: Plan) -> None:
        assert broken(page, in_thread(lambda: Trace.of(list(history_of(plan)[0])).to_json())) == []

    law()


SOME = """text => {
    const said = JSON.parse(text);
    const whole = readTrace(said);
    const told = rowsFrom(said).filter((_, at) => at % 3 === 0);
    const trace = readTrace({ ...said, events: told });
    const all = frame(whole, Infinity).counts;
    const some = frame(trace, Infinity).counts;
    const collectors = [...all.collectors].map(([key, { ok, error }]) => {
        const known = some.collectors.get(key) ?? { ok: 0, error: 0 };
        return [key, ok - known.ok, error - known.error];
    });
    const numbers = { ...all, taken: all.service + all.finished - all.cutOff };
    const known = { ...some, taken: some.service + some.finished - some.cutOff };
    const names = ["accepted", "taken", "finished", "undelivered", "cutOff"];
    const time = Math.round(Math.max(0, ...whole.times) * 1e6) + 1;
    const row = [time, ...names.map((name) => numbers[name] - known[name]), collectors];
    const none = { events: [], changes: [], notes: [], routes: [], ways: [], texts: [] };
    more(trace, { ...none, counts: [row] });
    const { counts, tokens } = frame(trace, Infinity);
    const plain = ({ accepted, waiting, service, finished, undelivered, cutOff, collectors }) => [
        accepted, waiting, service, finished, undelivered, cutOff,
        [...collectors].map(([key, { ok, error }]) => [key, ok, error]).sort()];
    return [plain(all), plain(counts), all.accepted - told.length, counts.left,
            new Set(tokens.map(({ event }) => event)).size - told.length];
}"""


def test_what_is_counted_only_is_in_the_counts_and_has_no_token(
    page: Any, in_thread: InThread
) -> None:
    """Of a live queue with very many payloads a part is told, and the counts are of all."""

    @given(runs)
    @settings(MANY, max_examples=100)
    def law(plan: Plan) -> None:
        text = in_thread(lambda: trace_of(plan).to_json())
        of_all, of_some, rest, left, tokens = page.evaluate(SOME, text)
        assert of_some == of_all
        assert (left, tokens) == (rest, 0)

    law()


BEFORE = """([text, base]) => {
    const trace = readTrace({ ...JSON.parse(text), counts: base });
    return [...trace.times.keys()].map((n) => {
        const { counts } = frameAfter(trace, n + 1);
        return [counts.accepted, counts.unseen, counts.left];
    });
}"""


def test_what_was_done_before_hides_nobody(page: Any) -> None:
    """Who goes next is known where all that are here are drawn, whatever was counted before."""
    way = "broadcast", (), (), None
    events = [TracedEvent(n, "x", *way, n / 10, None, None, None, ()) for n in range(1, 4)]
    text = Trace(tuple(events), None).to_json()
    base = [[0, 11, 11, 11, 1, 0, [["a", 2, 8]]]]
    assert page.evaluate(BEFORE, [text, base]) == [[count, 0, 0] for count in (11, 12, 13, 14)]
    waits = [[0, 12, 11, 11, 1, 0, [["a", 2, 8]]]]  # one of them is not done, and is not drawn
    assert page.evaluate(BEFORE, [text, waits]) == [[count, 1, 1] for count in (12, 13, 14, 15)]


def test_a_page_reads_columns_and_rows_alike(page: Any, in_thread: InThread) -> None:
    """A file has the one, and a live queue tells the other."""
    both = """(texts) => {
        const plain = (_, each) =>
            each instanceof Set ? [...each] : typeof each === "bigint" ? `${each}` : each;
        return texts.map((text) => JSON.stringify(readTrace(JSON.parse(text)), plain));
    }"""

    def texts(plan: Plan) -> str:
        trace = trace_of(plan)
        rows = json.dumps(plain(trace.events, trace.queue, trace.notes))
        return json.dumps([trace.to_json(), rows])

    @given(runs)
    @settings(MANY, max_examples=100)
    def law(plan: Plan) -> None:
        columns, rows = page.evaluate(both, json.loads(in_thread(lambda: texts(plan))))
        assert columns == rows

    law()


BREAKS = {
    "a payload taken twice": ("things.push({ ...taken })", "happens twice"),
    "one that was never taken": ("things.splice(things.indexOf(taken), 1)", "before it was taken"),
    "a count too many": ("counts.accepted += 1", "accepted after"),
    "a payload in two places": ("tokens.push({ ...tokens[0], copy: 9 })", "tokens|divided|turn"),
}


@pytest.mark.parametrize(("fault", "said"), BREAKS.values(), ids=BREAKS)
def test_the_laws_see_a_fault(page: Any, in_thread: InThread, fault: str, said: str) -> None:
    """A law that nothing breaks says nothing."""
    text = in_thread(lambda: Trace.of(six_payloads()).to_json())
    found = page.evaluate(
        """([text, fault]) => {
            const [read, after] = [readTrace, frameAfter];
            readTrace = (said) => {
                const trace = read(said);
                const { things } = trace;
                const taken = things.find(({ kind }) => kind === "taken");
                if (fault.startsWith("things")) eval(fault);
                trace.times = things.map((each) => each.time);
                return trace;
            };
            frameAfter = (...asked) => {
                const made = after(...asked);
                const { counts, tokens } = made;
                if (!fault.startsWith("things") && tokens.length) eval(fault);
                return made;
            };
            try { return broken(JSON.parse(text)); }
            finally { readTrace = read; frameAfter = after; }
        }""",
        [text, fault],
    )
    assert any(any(word in each for word in said.split("|")) for each in found), found


NAMES = ["a", "it's", "b, c", 'say "x"']


@pytest.mark.parametrize("delivery", Delivery)
def test_the_reasons_are_those_that_explain_gives(page: Any, delivery: Delivery) -> None:
    """Who gets a payload, and why, in the same words."""

    async def nothing(payload: Payload[Any], ctx: Context) -> Result:
        return Ok(None)

    collectors = [
        Collector(name, nothing, topics=NAMES[:place]) for place, name in enumerate(NAMES)
    ]
    queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1)
    assert isinstance(queue.router, SimpleRouter)
    for names in ([], ["a"], ["it's", "b, c"], ["nobody"], NAMES):
        payload = Payload(1, delivery, keys=names, topics=names)
        told = [list(each) for each in queue.router.explain(payload)]
        event = {"delivery": delivery.value, "keys": names, "topics": names}
        parts = [{"key": each.key, "topics": list(each.topics)} for each in collectors]
        found = page.evaluate(
            "([event, parts]) => parts.map((p) => [p.key, gets(event, p), reason(event, p)])",
            [event, parts],
        )
        assert found == told


def test_a_payload_that_waits_for_a_full_collector_is_parked(page: Any) -> None:
    """In a place of its own, and not in the way of others."""
    said = {
        **json.loads(Trace((), None).to_json()),
        "queue": {
            "order": "FIFO",
            "default_priority": 1000,
            "min_consumers": 1,
            "max_consumers": 3,
            "max_queued": None,
            "router": "SimpleRouter",
            "chooses": True,
        },
        "changes": [[None, [["db", [], 1], ["log", [], None]]]],
        "routes": [["k", ["db"], [], None], ["k", ["log"], [], None]],
        "events": [
            [1, "x", 0, 0, 1, None, 1, None],
            [2, "y", 0, 2, None, None, None, None],
            [3, "z", 1, 3, None, None, None, None],
        ],
    }
    found = page.evaluate(
        """said => {
            const made = frame(readTrace(said), 1);
            return [made.tokens.map(({ event, place }) => [event, place]), made.counts.parked];
        }""",
        said,
    )
    assert sorted(found[0]) == [[0, "collector"], [1, "parked"], [2, "buffer"]]
    assert found[1] == 1


COUNTS = """text => {
    const trace = readTrace(JSON.parse(text));
    return [...new Set(trace.times)].map((time) => {
        const { counts, tokens } = frame(trace, time);
        const buffer = tokens.filter(({ place }) => place === "buffer");
        return [counts.accepted, counts.buffer, counts.parked, counts.service, counts.finished,
                counts.undelivered, counts.cutOff,
                buffer.map((each) => trace.events[each.event].id),
                [...counts.collectors].map(([key, { service, ok, error }]) =>
                    [key, service, ok, error]).sort()];
    });
}"""


def counted(trace: Trace, time: float) -> list[Any]:
    """The same of the pictures that do not move."""
    moment = at(trace, time)
    keys = {key for key, _ in moment.results} | set(moment.inside)
    return [
        *(moment.accepted, len(moment.buffer), len(moment.parked), len(moment.service)),
        *(moment.finished, len(moment.undelivered), len(moment.cut_off)),
        [event.id for event in moment.buffer],
        sorted(
            [
                key,
                len(moment.inside.get(key, ())),
                moment.results[key, "Ok"],
                moment.results[key, "Error"],
            ]
            for key in keys
        ),
    ]


def test_a_still_shows_what_a_frame_does(page: Any, in_thread: InThread) -> None:
    """The same counts, and the same order in the buffer, at every time."""

    @given(runs)
    @settings(MANY, max_examples=150)
    def law(plan: Plan) -> None:
        text = in_thread(lambda: trace_of(plan).to_json())
        trace = Trace.from_json(text)
        times = {moment for each in trace.events for moment in (each.accepted, each.taken)}
        changes = trace.queue.changes if trace.queue else ()
        times |= {each.finished for each in trace.events} | {each.time for each in changes}
        known = sorted(time for time in times if time is not None)
        assert page.evaluate(COUNTS, text) == [counted(trace, time) for time in known]

    law()
