"""An animation of a queue that runs, in JupyterLab: what the page does, the engine does."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.pages import BENCH, Page

pytestmark = pytest.mark.browser

COLLECTORS = """
from event_collector_widgets import Animation
@bench.collector(topics=["food"])
async def oven(payload, ctx):
    if payload.value == "toast":
        raise ValueError("burnt")
    return Ok(payload.value)
await bench.ready()
"""
SHOWN = "animation = Animation(bench, title='Live')\nanimation"
SIX = """
for payload in [
    Payload("bread"),
    Payload("toast", Delivery.KEY, keys=["oven"]),
    Payload("soup", Delivery.TOPIC, topics=["drinks"]),
    Payload("cake", Delivery.TOPIC, topics=["food"]),
    Payload("list"),
    Payload("rolls"),
]:
    bench.publisher.send(payload)
"""


LINES = """all => all.map((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return range.getClientRects().length;
})"""
"""In how many lines each of these stands."""


@pytest.fixture(scope="module")
def page(shared_pages: Callable[..., Page]) -> Page:
    """A notebook with a workbench of two consumers, and the animation of it."""
    cells = (BENCH.format(options="max_consumers=2"), COLLECTORS, SHOWN, "0")
    opened = shared_pages(*cells, height=1100)
    opened.page.locator(".ec-held").wait_for()
    return opened


def sees(page: Page, selector: str, text: str) -> None:
    """Wait until something in the animation says something."""
    found: Any = page.page.locator(f".ec-motion {selector}")
    found.filter(has_text=re.compile(text)).first.wait_for()


def press(page: Page, name: str) -> None:
    """Click on a button of the animation."""
    page.page.locator(".ec-motion").get_by_role("button", name=name, exact=True).click()


def test_three_steps_let_three_payloads_go(page: Page) -> None:
    """In the engine and on the wall: pause, send six, step three times."""
    press(page, "Pause the queue")
    sees(page, ".ec-words", "paused: no payload is taken")
    page.ask(SIX)
    sees(page, ".ec-head", "buffer · FIFO · 6 waiting")
    assert page.ask("bench.metrics().queued") == "6"
    for left in (5, 4, 3):
        press(page, "Let one be taken")
        sees(page, ".ec-head", f"buffer · FIFO · {left} waiting")
    assert page.ask("bench.metrics().queued, bench.metrics().finished") == "(3, 3)"
    sees(page, ".ec-Error text", "✗ 1 Error")
    sees(page, ".ec-head", "undelivered · 1")
    sees(page, ".ec-least", "soup: no collector listens to 'drinks'")
    expect(page.page.locator(".ec-motion .ec-at-buffer")).to_have_count(3)
    press(page, "Resume the queue")
    sees(page, ".ec-head", "buffer · FIFO · 0 waiting")
    assert page.ask("bench.queue.paused, bench.metrics().finished") == "(False, 6)"
    assert page.complaints == []


@pytest.mark.long
def test_one_is_let_through_a_paused_queue_only(page: Page) -> None:
    """Of one that works, the button is off, and stays so while the kernel is asked for a sign."""
    step: Any = page.page.locator(".ec-held button").filter(has_text="Let one be taken")
    press(page, "Pause the queue")
    expect(step).to_be_enabled()
    press(page, "Resume the queue")
    expect(step).to_be_disabled()
    page.page.wait_for_timeout(2_500)  # in which it is asked twice
    expect(step).to_be_disabled()


def test_a_run_that_was_too_quick_is_replayed(page: Page) -> None:
    """One by one, from the beginning; then one is back at what happens now."""
    before = int(page.ask("bench.metrics().accepted"))
    page.ask(SIX)
    sees(page, ".ec-when", f"{3 * (before + 6)} of|things")
    press(page, "Start")
    sees(page, ".ec-happened", "Nothing has happened yet|collectors are now")
    press(page, "Now")
    sees(page, ".ec-place", f"{before + 6}")


def test_faults_on_purpose_are_switched_on_and_off(page: Page) -> None:
    """They are off at first, and as long as one is on, the picture says so."""
    sees(page, ".ec-faults > summary", "Faults on purpose: off")
    page.page.locator(".ec-faults > summary").click()
    page.page.get_by_label("what it does").select_option(label="raises an error")
    page.page.get_by_label("how often").select_option(label="every payload")
    press(page, "Switch on")
    sees(page, ".ec-words", "faults on purpose: oven raises in 100 %")
    sees(page, ".ec-faults > summary", "Faults on purpose: 1 on")
    page.page.locator(".ec-motion .ec-faulty").wait_for()
    page.ask("await bench.send(Payload('fine', keys=['oven'])).wait()")
    sees(page, ".ec-happened", "Error from oven .FaultInjectedError: on purpose")
    press(page, "Switch off")
    page.page.locator(".ec-words").wait_for(state="hidden")
    page.page.locator(".ec-motion .ec-faulty").wait_for(state="detached")
    assert page.ask("bench.faults") == "Faults(none is on)"
    page.page.locator(".ec-faults > summary").click()
    assert page.complaints == []


def test_a_card_has_its_names_in_one_line_each(page: Page) -> None:
    """Though a notebook has a style of its own for lists of names and texts."""
    page.page.locator('.ec-motion [data-place="buffer"]').focus()
    page.page.keyboard.press("Enter")
    names: Any = page.page.locator(".ec-card dt")
    names.filter(has_text="order").wait_for()
    assert [each for each in names.evaluate_all(LINES) if each != 1] == []
    page.page.keyboard.press("Escape")


def test_a_question_is_answered_by_keyboard(page: Page) -> None:
    """The payload waits at the publisher; the score is announced, with the reason."""
    page.ask("await bench.put(Collector('book', oven))")
    page.ask("question = animation.ask(Payload('jam', topics=['food']))")
    page.page.locator(".ec-asked").wait_for()
    sees(page, ".ec-question legend", "Who will get “jam”, sent by topic: food.$")
    form: Any = page.page.locator(".ec-question")
    form.get_by_label("oven").focus()
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Space")
    page.page.locator(".ec-ticked").wait_for()
    for _ in ("to nobody", "to the button"):
        page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    sees(page, ".ec-verdict[role=status] p", "✗ 2 mistakes: oven got it")
    sees(page, ".ec-verdict li", "oven got it, and was not ticked: listens to 'food'")
    sees(page, ".ec-verdict li", "book did not get it, and was ticked: listens to no topic")
    page.page.locator(".ec-asked").wait_for(state="detached")
    assert page.ask("question.right, question.answer") == "(False, ['book'])"
    page.ask("await bench.remove('book')")
    assert page.complaints == []


def test_the_animation_follows_a_workbench_that_is_made_again(page: Page) -> None:
    """The same panel shows the new one; a question of the old one is gone, and it says so."""
    page.run_cell(0)
    sees(page, ".ec-verdict p", "The workbench was made again: the question about “jam” is gone")
    expect(page.page.locator(".ec-question legend")).to_be_hidden()
    page.run_cell(1)
    page.ask("await (await bench.send(Payload('anew'))).wait()")
    sees(page, ".ec-happened", "“anew” is done: Ok from oven")
    sees(page, ".ec-place", "^1sent$")


def test_who_looks_back_sees_what_happens_in_a_workbench_made_again(page: Page) -> None:
    """The moment that was looked at is none of the new one's."""
    press(page, "Start")
    sees(page, ".ec-place", "^0sent$")
    page.run_cell(0)
    page.run_cell(1)
    page.ask("await (await bench.send(Payload('newer'))).wait()")
    sees(page, ".ec-happened", "“newer” is done: Ok from oven")


def test_a_kernel_that_computes_is_told_of_until_it_answers(page: Page) -> None:
    """A loop that is blocked shows nothing new, and the picture does not pretend otherwise."""
    sign = page.sign()
    blocks = f"while not pathlib.Path({str(sign)!r}).exists(): time.sleep(0.05)"
    page.write_cell(3, f"import pathlib, time\n{blocks}")
    page.run_cell(3, wait=False)
    try:
        told = r"nothing was heard from the kernel for .*\d.* s: it computes, or is gone"
        sees(page, ".ec-told", told)
    finally:
        sign.touch()
    page.page.locator(".ec-held .ec-told").wait_for(state="hidden")


def test_a_fault_that_lasts_too_long_is_refused_in_words(page: Page) -> None:
    """Before it is sent to the kernel."""
    page.page.locator(".ec-faults > summary").click()
    page.page.get_by_label("what it does").select_option("slow")
    for wrong in ("1000000000", "0", ""):
        page.page.get_by_label("seconds").fill(wrong)
        press(page, "Switch on")
        sees(page, ".ec-faults .ec-told", "can be slowed by 0.1 to 600 seconds")
    assert page.ask("bench.faults") == "Faults(none is on)"
    page.page.locator(".ec-faults > summary").click()


def test_a_kernel_that_is_gone_is_told_of(page: Page) -> None:
    """What is known is still there, and can be played; nothing is sent to it."""
    before = list(page.complaints)
    page.end_kernel()
    sees(page, ".ec-held .ec-told", "the kernel is gone|nothing was heard from the kernel")
    page.page.locator(".ec-held button:disabled").filter(has_text="Pause the queue").wait_for()
    page.page.wait_for_timeout(2_500)  # in which it would be asked again
    assert [each for each in page.complaints[len(before) :] if "Cannot send" in each] == []
    press(page, "Start")
    press(page, "Step")
    sees(page, ".ec-when", "1 of")
