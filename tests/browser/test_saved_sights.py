"""What a saved run shows of traces that few histories come to: many, parked, cut off, hostile."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation
from event_collector_widgets.motion.trace import (
    Trace,
    TracedChange,
    TracedCollector,
    TracedEvent,
    TracedQueue,
    TracedResult,
)
from playwright.sync_api import expect

from tests.browser.motion import RESTS
from tests.browser.runs import a_page
from tests.browser.waiting import becomes

pytestmark = [pytest.mark.browser, pytest.mark.long]

TIMES = "\N{MULTIPLICATION SIGN}"
HOSTILE = "</script><!-- <script> \u2028 \u2029 & \\u003c"
REFUSED = """() => new Promise((done) => {
    const refused = new Set();
    setTimeout(() => done([...refused].sort()), 60_000);
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        refused.add(effectiveDirective);
        if (refused.size === 5) done([...refused].sort());
    });
    new Image().src = "https://example.org/one.png";
    fetch("https://example.org/two").catch(() => null);
    const made = ["script", "style", "iframe"].map((name) => document.createElement(name));
    const [script, style, frame] = made;
    script.textContent = "window.ran = true";
    style.textContent = "body { display: none }";
    frame.src = "https://example.org/three";
    document.body.append(...made);
})"""


def queue(most: int | None = None, consumers: int = 1) -> TracedQueue:
    """A FIFO queue with one collector, which has so many payloads at a time at most."""
    change = TracedChange(None, (TracedCollector("a", (), most),))
    return TracedQueue("FIFO", 1000, 1, consumers, None, "SimpleRouter", True, (change,))


def event(
    number: int,
    accepted: float,
    taken: float | None = None,
    finished: float | None = None,
    **more: Any,
) -> TracedEvent:
    """A broadcast, which ends with an Ok if it was taken and is finished."""
    done = finished is not None and taken is not None
    results = (TracedResult("a", "Ok", "done"),) if done else ()
    parts = {"text": f"no. {number}", "consumer": None if taken is None else 1, **more}
    return TracedEvent(
        id=number,
        delivery="broadcast",
        keys=(),
        topics=(),
        priority=None,
        accepted=accepted,
        taken=taken,
        finished=finished,
        results=results,
        **parts,
    )


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page, which nothing goes wrong in."""
    with a_page(browser) as opened:
        yield opened


def show(page: Any, folder: Path, trace: Trace, **options: Any) -> Path:
    """Save a trace and open the file."""
    path = Animation(trace, **options).save(folder / "run.html", overwrite=True)
    page.goto(path.as_uri())
    page.locator(".ec-scene .ec-place").first.wait_for()
    return path


def count(page: Any, place: str) -> str:
    """The number in a place or above it."""
    said: str = page.locator(f".ec-place.ec-{place} .ec-big").text_content()
    return said


def seek(page: Any, share: float) -> None:
    """Go to a place of the time bar."""
    page.get_by_role("slider", name="time").fill(str(round(share * 1000)))


def test_of_many_tokens_a_share_is_drawn_and_the_counts_are_exact(
    page: Any, tmp_path: Path
) -> None:
    """6,000 wait: that is 50 times what there is room for."""
    events = tuple(event(n + 1, n / 1000) for n in range(6_000))
    show(page, tmp_path, Trace(events, queue()))
    assert page.get_by_text("payloads is drawn").count() == 0
    seek(page, 1)
    page.get_by_text("1 of 50 payloads is drawn; counts are exact").wait_for()
    assert count(page, "publisher") == "6,000"
    expect(page.locator(".ec-token")).to_have_count(120)


def test_a_hundred_thousand_events_can_be_opened(page: Any, tmp_path: Path) -> None:
    """And looked at anywhere, with exact counts; not all of them are drawn."""
    events = tuple(
        event(n + 1, n / 1000, 50 + n / 1000, 50 + n / 1000 + 0.0005) for n in range(100_000)
    )
    show(page, tmp_path, Trace(events, queue()), pace="clock")
    seek(page, 1)
    page.locator(".ec-when").filter(has_text="300,000 of 300,000 things").wait_for()
    becomes(page, lambda: count(page, "publisher"), "100,000")
    expect(page.locator(".ec-out.ec-Ok")).to_have_text("✓ 100,000 Ok")
    seek(page, 0.5)
    page.get_by_text("payloads is drawn; counts are exact").wait_for()

    def wait() -> int:
        sent = int(count(page, "publisher").replace(",", ""))
        oks = page.locator(".ec-out.ec-Ok").text_content().split()[1]
        return sent - int(oks.replace(",", ""))

    becomes(page, lambda: wait() in (50_000, 50_001))  # by 50 seconds they wait
    becomes(page, lambda: page.locator(".ec-token").count() <= 301)


def test_the_speed_goes_from_a_hundredth_to_a_thousand(page: Any, tmp_path: Path) -> None:
    """And no further, by keyboard neither."""
    show(page, tmp_path, Trace((event(1, 0.0),), queue()), speed=1000)
    speed = page.locator(".ec-speed")
    expect(speed).to_have_text(f"{TIMES} 1,000")
    slider = page.get_by_role("slider", name="speed")
    slider.press("ArrowRight")
    expect(speed).to_have_text(f"{TIMES} 1,000")
    slider.press("Home")
    expect(speed).to_have_text(f"{TIMES} 0.01")
    slider.press("ArrowLeft")
    expect(speed).to_have_text(f"{TIMES} 0.01")


def test_the_line_over_the_time_bar_is_how_many_wait(page: Any, tmp_path: Path) -> None:
    """Three at most, then one less with each that is taken; nobody in the end."""
    events = tuple(event(n, 0.0, float(n), n + 0.5) for n in (1, 2, 3))
    show(page, tmp_path, Trace(events, queue()), pace="clock")
    line = page.locator(".ec-line")
    becomes(page, lambda: line.get_attribute("d").startswith("M"))
    points = line.get_attribute("d").removeprefix("M").split("L")
    heights = {float(x): 27 - float(y) for x, y in map(str.split, points)}
    at = {seconds: heights[float(round(240 * seconds / 3.5))] for seconds in (0.5, 1.5, 2.5, 3.5)}
    assert list(at.values()) == pytest.approx([24, 16, 8, 0])
    expect(page.locator(".ec-most")).to_have_text("the line: how many wait, at most 3")


def test_where_nothing_went_wrong_the_next_error_says_so(page: Any, tmp_path: Path) -> None:
    """Instead of going anywhere."""
    show(page, tmp_path, Trace((event(1, 0.0, 1.0, 2.0),), queue()))
    page.get_by_role("button", name="Next Error").click()
    page.get_by_text("There is no Error, and nothing undelivered.").wait_for()
    page.locator(".ec-when").filter(has_text="0 of 3 things").wait_for()


def test_what_is_parked_and_what_is_cut_off_have_places_of_their_own(
    page: Any, tmp_path: Path
) -> None:
    """The collector is full; and a payload is not taken before the end, as is said in words."""
    first, second = event(1, 0.0, 0.1, 2.0), event(2, 0.5, None, 3.0)
    show(page, tmp_path, Trace((first, second), queue(most=1, consumers=2)), pace="steps")
    for _ in range(3):
        page.get_by_role("button", name="Step").click()
    page.locator(".ec-token.ec-at-parked").filter(has_text="no. 2").wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Step").click()
    cut_off = "cut off: the queue was shut down before this payload's turn"
    page.locator(".ec-words").filter(has_text=cut_off).wait_for()
    expect(page.locator(".ec-place.ec-cut-off")).to_have_count(1)


@pytest.mark.parametrize(("consumers", "lanes"), [(16, 16), (17, 1)])
def test_there_is_a_lane_for_each_of_up_to_16_consumers(
    page: Any, tmp_path: Path, consumers: int, lanes: int
) -> None:
    """Beyond that it is a bar with a count."""
    events = tuple(event(n, n / 10, 2 + n / 10, consumer=n) for n in range(1, consumers + 1))
    show(page, tmp_path, Trace(events, queue(consumers=consumers)))
    seek(page, 1)
    page.locator(".ec-lane.ec-on").nth(lanes - 1).wait_for()
    expect(page.locator(".ec-lane")).to_have_count(lanes)
    if lanes == 1:
        page.locator(".ec-lane").filter(has_text="17").wait_for()


def test_six_in_the_buffer_have_their_texts_where_some_may_be_parked(
    page: Any, tmp_path: Path
) -> None:
    """A lesson has six; the place of those that are parked leaves room for them."""
    show(page, tmp_path, Trace(tuple(event(n, n / 10) for n in range(6)), queue(most=1)))
    seek(page, 1)
    shorts = page.locator(".ec-token.ec-at-buffer:not(.ec-small) .ec-short")
    expect(shorts).to_have_text([f"no. {n}" for n in range(6)])


def test_enter_on_a_place_opens_its_card(page: Any, tmp_path: Path) -> None:
    """As on a payload."""
    show(page, tmp_path, Trace((event(1, 0.0),), queue()))
    page.locator('[data-place="buffer"]').focus()
    page.keyboard.press("Enter")
    page.locator(".ec-card").filter(has_text="waits").wait_for()


@pytest.mark.parametrize("key", ["Escape", "Enter"])
@pytest.mark.parametrize("part", ['[data-place="consumers"]', ".ec-token"])
def test_the_focus_goes_back_to_what_has_opened_a_card(
    page: Any, tmp_path: Path, part: str, key: str
) -> None:
    """When it is closed from within, by Escape or by its button: from there one goes on."""
    show(page, tmp_path, Trace((event(1, 0.0),), queue()))
    seek(page, 1)
    becomes(page, lambda: page.evaluate(RESTS))
    opener = page.locator(part)
    opener.focus()
    page.keyboard.press("Enter")
    page.locator(".ec-card").wait_for()
    page.locator(".ec-card button").focus()
    page.keyboard.press(key)
    page.locator(".ec-card").wait_for(state="hidden")
    expect(opener).to_be_focused()


def test_a_place_is_named_to_those_who_hear_the_page(page: Any, tmp_path: Path) -> None:
    """With its count: what stands above it is not inside of it."""
    show(page, tmp_path, Trace((event(1, 0.0), event(2, 0.0)), queue()))
    seek(page, 1)
    scene = page.locator("svg.ec-scene")
    for name in ("publisher · 2 sent", "buffer · FIFO · 2 waiting", "consumers · 0 of 1 busy"):
        expect(scene.get_by_role("button", name=name, exact=True)).to_have_count(1)
    for name in ("router", "undelivered · 0"):
        expect(scene.get_by_role("button", name=name)).to_have_count(1)


def test_a_collectors_card_has_all_that_it_listens_to(page: Any, tmp_path: Path) -> None:
    """In the picture there is room for few topics, and for none while it is busy."""
    topics = tuple(f"a topic of row {n}" for n in range(12))
    heard = TracedChange(None, (TracedCollector("a", topics, 7), TracedCollector("b", (), None)))
    show(page, tmp_path, Trace((event(1, 0.0),), replace(queue(), changes=(heard,))))
    card = page.locator(".ec-card")
    page.locator('[data-place="collector a"]').click()
    for said in (f"{', '.join(topics[:-1])} and {topics[-1]}", "7 at most"):
        card.filter(has_text=said).wait_for()
    page.keyboard.press("Escape")
    page.locator('[data-place="collector b"]').click()
    card.filter(has_text="no topic").wait_for()


def test_no_text_ends_the_data(page: Any, tmp_path: Path) -> None:
    """Whatever ends a script or a line stands in the file as JSON, and is shown as text."""
    trace = Trace((event(1, 0.0, text=HOSTILE),), queue())
    path = show(page, tmp_path, trace, title=HOSTILE)
    assert path.read_text("ascii").count("</script>") == 3
    data = path.read_text("ascii").partition('id="traces">')[2].partition("</script>")[0]
    assert not set("<>&") & set(data)
    page.get_by_role("button", name="Step").click()
    becomes(page, lambda: page.locator("h3").text_content().startswith("</script><!-- <script> "))
    page.locator(".ec-token").click()
    page.locator(".ec-card").wait_for()
    seen = HOSTILE.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
    becomes(page, lambda: seen in page.locator(".ec-card").text_content())


def test_the_files_policy_refuses_the_network_and_other_scripts(page: Any, tmp_path: Path) -> None:
    """Even if somebody got one into it."""
    asked: list[str] = []
    blocked: dict[str, str] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: blocked.update({request.url: request.failure}))
    show(page, tmp_path, Trace((event(1, 0.0),), queue()))
    refused = ["connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"]
    assert page.evaluate(REFUSED) == refused
    assert page.evaluate("window.ran") is None
    page.wait_for_timeout(100)  # a request that goes out is told of a little later
    becomes(page, lambda: {url: "csp" for url in asked if url.startswith("http")} == blocked)
