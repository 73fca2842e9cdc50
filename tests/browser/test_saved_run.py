"""A saved run in a browser: from a file, without a server, a network or a kernel."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from event_collector_widgets import Animation, side_by_side
from playwright.sync_api import expect

from event_collector import History, QueueType
from tests.browser.lab import SECONDS
from tests.browser.waiting import becomes
from tests.widgets.benches import NASTY
from tests.widgets.motion.histories import named_history, six_payloads

pytestmark = [pytest.mark.browser, pytest.mark.long]

type OpenRun = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[OpenRun]:
    """Saves a history and opens the file; fails if the page complains or asks for anything."""
    complaints: list[str] = []
    pages = []

    def open_run(make: Callable[[], History], view: Any = None, **options: Any) -> Any:
        path = tmp_path / "run.html"
        with ThreadPoolExecutor(1) as pool:  # a loop runs in this thread
            pool.submit(lambda: Animation(make(), **options).save(path)).result()
        page = browser.new_page(**(view or {"viewport": {"width": 1280, "height": 720}}))
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda asked: complaints.append(asked.url))
        page.goto(path.as_uri())
        page.locator(".ec-scene .ec-place").first.wait_for()
        pages.append(page)
        return page

    yield open_run
    for page in pages:
        page.close()
    assert {each for each in complaints if not each.endswith("/run.html")} == set()


def press(page: Any, name: str, times: int = 1) -> None:
    """Click on a button."""
    for _ in range(times):
        page.get_by_role("button", name=name).click()


def after(page: Any, things: int, of: int = 18) -> None:
    """Wait until so many things have happened."""
    page.locator(".ec-when").filter(has_text=f"{things} of {of} things").wait_for()


def told(page: Any, said: str) -> None:
    """Wait until this is said of what happened: a token on its way must have arrived."""
    page.locator(".ec-happened").filter(has_text=said).wait_for()


def waiting(page: Any) -> list[str]:
    """The texts in the buffer, the next one first."""
    page.locator(".ec-next").wait_for()
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".ec-at-buffer")]
            .map((e) => [Number(/ (\\S+)\\)/.exec(e.getAttribute("transform"))[1]), e])
            .sort(([a], [b]) => a - b).map(([, e]) => e.querySelector(".ec-short").textContent)"""
    )
    return found


def test_a_saved_run_plays_to_its_end(opened: OpenRun) -> None:
    """With all that happened in it, and the counts of the history."""
    page = opened(six_payloads, speed=40.0, pace="steps")
    press(page, "Play")
    after(page, 18)
    page.get_by_role("button", name="Again").wait_for()  # the last token has arrived, too
    expect(page.locator(".ec-out")).to_have_text(["✓ 3 Ok", "✗ 1 Error", "✓ 3 Ok", "✗ 0 Errors"])
    expect(page.locator(".ec-scene")).to_contain_text("undelivered · 1")


def test_a_run_is_stepped_through_forwards_and_back(opened: OpenRun) -> None:
    """Each step says what happened, and what goes next."""
    page = opened(six_payloads)
    press(page, "Step", 7)
    after(page, 7)
    told(page, "Consumer 1 took “bread”; the router gives it to oven and book.")
    expect(page.locator(".ec-at-collector")).to_have_count(2)
    press(page, "Back")
    after(page, 6)
    told(page, "“bread” goes next.")
    expect(page.locator(".ec-words")).to_contain_text("full: 6 queued of 5")
    press(page, "Start")
    after(page, 0)
    expect(page.locator(".ec-token")).to_have_count(0)


def test_one_jumps_to_the_error_and_to_the_one_that_fell_out(opened: OpenRun) -> None:
    """And back to the first one after the last."""
    page = opened(six_payloads)
    press(page, "Next Error")
    after(page, 10)
    told(page, "“toast” is done: Error from oven (ValueError: burnt).")
    page.keyboard.press("e")
    after(page, 12)
    told(page, "“soup” falls out, undelivered: no collector listens to 'drinks'.")
    page.locator(".ec-at-undelivered").wait_for()
    page.keyboard.press("e")
    after(page, 10)


@pytest.mark.parametrize(
    ("queue_type", "order"),
    [
        (QueueType.FIFO, ["bread", "toast", "soup", "cake", "list", "rolls"]),
        (QueueType.LIFO, ["rolls", "list", "cake", "soup", "toast", "bread"]),
        (QueueType.PRIORITY, ["toast", "cake", "bread", "soup", "list", "rolls"]),
    ],
)
def test_the_buffer_shows_who_goes_next(
    opened: OpenRun, queue_type: QueueType, order: list[str]
) -> None:
    """In the order of the queue; and that one is the next to be taken."""
    page = opened(lambda: six_payloads(queue_type), {"reduced_motion": "reduce"})
    press(page, "Step", 6)
    after(page, 6)
    page.wait_for_function("document.querySelectorAll('.ec-at-buffer').length === 6")
    becomes(page, lambda: waiting(page), order)
    press(page, "Step")
    after(page, 7)
    told(page, f"took “{order[0]}”")


def test_a_card_says_why_each_collector_gets_a_payload_or_not(opened: OpenRun) -> None:
    """By keyboard alone; Escape closes it."""
    page = opened(six_payloads)
    page.get_by_role("button", name="Play").focus()
    for _ in range(12):
        page.keyboard.press(".")
    after(page, 12)
    told(page, "“soup” falls out, undelivered")
    page.locator(".ec-token[aria-label*=soup]").wait_for()  # named when it has arrived
    page.locator(".ec-scene [tabindex='0']").focus()
    page.keyboard.press("ArrowLeft")
    name = "document.activeElement.getAttribute('aria-label') ?? ''"
    for _ in range(50):
        if "soup" in page.evaluate(name):
            break
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    card = page.locator(".ec-card")
    card.wait_for()
    expect(card).to_contain_text("not: listens to none of ['drinks']")
    expect(card).to_contain_text("not: listens to no topic")
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")


def test_a_place_says_what_it_is(opened: OpenRun) -> None:
    """The buffer its order, for one."""
    page = opened(lambda: six_payloads(QueueType.LIFO))
    page.locator('[data-place="buffer"]').click()
    page.locator(".ec-card").filter(has_text="the one that came last goes next").wait_for()


def test_texts_are_shown_as_texts(opened: OpenRun) -> None:
    """A payload, a key, a topic and a title that are HTML."""
    page = opened(lambda: named_history(NASTY, NASTY), title=NASTY)
    page.get_by_role("button", name="Next Error").click()
    page.locator(".ec-place.ec-collector").click()
    page.locator(".ec-card").filter(has_text=NASTY[:20]).wait_for()
    assert page.locator("img, pre").count() == 0
    assert page.locator("h3").inner_text() == NASTY


def test_keys_work_in_a_file_at_once(opened: OpenRun) -> None:
    """Nothing else is in the page that they could be meant for."""
    page = opened(six_payloads)
    page.keyboard.press(".")
    page.keyboard.press(".")
    after(page, 2)
    page.keyboard.press(",")
    after(page, 1)
    page.keyboard.press("k")
    page.get_by_role("button", name=re.compile("Pause|Again")).wait_for()  # it may be over soon


@pytest.mark.parametrize("width", [1280, 700, 420])
def test_nothing_sticks_out_of_a_run(opened: OpenRun, width: int) -> None:
    """On a wall, and in a narrow window."""
    page = opened(six_payloads, {"viewport": {"width": width, "height": 720}})
    press(page, "Step", 9)
    after(page, 9)
    becomes(page, lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    if width == 1280:
        bottom = "e => e.getBoundingClientRect().bottom <= 720"
        becomes(page, lambda: page.locator(".ec-legend").evaluate(bottom))


def test_a_run_steps_where_motion_is_reduced(opened: OpenRun) -> None:
    """A token is where it goes, at once."""
    page = opened(six_payloads, {"reduced_motion": "reduce"}, pace="steps")
    press(page, "Step", 7)
    after(page, 7)
    moves = page.evaluate(
        """() => new Promise((done) => {
            const places = [];
            const look = () => {
                places.push([...document.querySelectorAll(".ec-token")].map(
                    (e) => e.getAttribute("transform")).join());
                if (places.length < 8) requestAnimationFrame(look);
                else done(new Set(places.slice(2)).size);
            };
            requestAnimationFrame(look);
        })"""
    )
    assert moves == 1


def test_runs_side_by_side_go_by_one_clock(browser: Any, tmp_path: Path) -> None:
    """To the same time in all; under each stands how it went."""

    def save() -> Path:
        runs = {each.name: six_payloads(each) for each in (QueueType.FIFO, QueueType.LIFO)}
        return side_by_side(runs, speed=20.0).save(tmp_path / "run.html")

    with ThreadPoolExecutor(1) as pool:
        path = pool.submit(save).result()
    page = browser.new_page(viewport={"width": 1280, "height": 820})
    page.set_default_timeout(SECONDS * 1000)
    page.goto(path.as_uri())
    press(page, "Step")
    stats = page.locator(".ec-stats")
    stats.first.filter(has_text="done 0 of 6").wait_for()
    press(page, "Step")
    stats.nth(0).filter(has_text="done 1 of 6 · mean wait 500 ms, longest 1 s").wait_for()
    press(page, "Play")
    stats.nth(0).filter(has_text="done 6 of 6").wait_for()
    stats.nth(1).filter(has_text="done 6 of 6").wait_for()
    expect(page.locator(".ec-when")).to_have_text("4 s of 4 s")
    page.close()
