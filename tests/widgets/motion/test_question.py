"""A question: who will get a payload, answered before it goes, and scored by what happens."""

from collections.abc import Sequence
from typing import Any

import pytest
from event_collector_widgets import Animation, Workbench

from event_collector import (
    Collector,
    CollectorQueue,
    History,
    Payload,
    QueueClosedError,
    ResultList,
    Router,
    SimpleRouter,
)
from tests.support import in_loop
from tests.widgets.benches import NASTY, a_bench, collector, eventually
from tests.widgets.motion.pages import Page

WET: dict[str, Any] = {"topics": ["rain", "drizzle"]}


async def a_city(bench: Workbench) -> Animation:
    """Three collectors, two of which listen; and the animation of it."""
    await bench.put(collector("drains", topics=["rain", "drizzle"]))
    await bench.put(collector("roads", topics=["rain", "snow"]))
    await bench.put(collector("audit"))
    return Animation(bench)


@in_loop
async def test_a_right_answer_is_told_to_be_right(capsys: Any) -> None:
    """The payload is sent once, however often that is asked for."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("wet", **WET))
        question.answer = ["roads", "drains"]
        assert bench.metrics().accepted == 0
        await question.send()
        await question.send()
        assert capsys.readouterr().out == "right: drains and roads got it\n" * 2
        assert (question.right, question.mistakes) == (True, ())
        assert bench.metrics().accepted == 1
        assert question.event is bench.history[0]


@in_loop
async def test_each_mistake_is_told_with_its_reason(capsys: Any) -> None:
    """In the words of `explain`."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("wet", **WET))
        question.answer = ["audit", "drains"]
        await question.send()
        assert capsys.readouterr().out.splitlines() == [
            "2 mistakes: drains and roads got it",
            "  roads got it, and was not ticked: listens to 'rain'",
            "  audit did not get it, and was ticked: listens to no topic",
        ]
        assert question.right is False


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "right: nobody got it"),
        (
            ["audit"],
            (
                "1 mistake: nobody got it\n"
                "  audit did not get it, and was ticked: key is not among ['audti']"
            ),
        ),
        (
            None,
            (
                "no answer; nobody got it\n"
                "  drains did not get it: key is not among ['audti']\n"
                "  roads did not get it: key is not among ['audti']\n"
                "  audit did not get it: key is not among ['audti']"
            ),
        ),
    ],
)
@in_loop
async def test_nobody_is_an_answer(answer: list[str] | None, said: str, capsys: Any) -> None:
    """And no answer is told what happened, and is not wrong."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("typo", keys=["audti"]))
        question.answer = answer
        await question.send()
        assert capsys.readouterr().out.strip() == said
        assert question.right is (None if answer is None else answer == [])


@in_loop
async def test_it_stands_in_a_notebook_as_text() -> None:
    """The same in every run, before and after; and in the still of its animation, escaped."""
    async with a_bench() as bench:
        animation = await a_city(bench)
        question = animation.ask(Payload("wet", **WET))
        question.answer = ["audit"]
        before = (
            "Who will get “wet”, sent by topic: rain, drizzle?\n"
            "  [ ] drains\n  [ ] roads\n  [x] audit\n  [ ] nobody"
        )
        assert str(question) == before
        await question.send()
        assert str(question).splitlines()[5:7] == [
            "3 mistakes: drains and roads got it",
            "  drains got it, and was not ticked: listens to 'rain', 'drizzle'",
        ]
        assert repr(question).startswith("Question(Payload('wet', Delivery.TOPIC, topics=")
        animation.ask(Payload(NASTY))
        assert "<img" not in animation.still()
        assert "Who will get “&lt;img" in animation.still()


@in_loop
async def test_the_page_ticks_and_sends() -> None:
    """It is told the score; output of the click goes nowhere."""
    async with a_bench() as bench:
        animation = await a_city(bench)
        page = Page(animation)
        await page.opens()
        question = animation.ask(Payload("wet", **WET))
        told = page.state["question"]
        assert (told["choices"], told["answer"], told["gone"]) == (
            ["drains", "roads", "audit"],
            None,
            False,
        )
        page.says("tick", id=told["id"], answer=["drains"])
        await eventually(lambda: question.answer == ["drains"])
        page.says("send", id=told["id"])
        await eventually(lambda: page.state["question"]["lines"])
        told = page.state["question"]
        assert (told["gone"], told["right"]) == (True, False)
        assert told["lines"][0] == "1 mistake: drains and roads got it"


@in_loop
async def test_a_page_that_shows_an_older_question_does_nothing() -> None:
    """The next question has taken its place."""
    async with a_bench() as bench:
        animation = await a_city(bench)
        page = Page(animation)
        await page.opens()
        animation.ask(Payload("old"))
        old = page.state["question"]["id"]
        new = animation.ask(Payload("new"))
        page.says("tick", id=old, answer=["audit"])
        page.says("send", id=old)
        page.says("tick", id=id(new), answer=["roads"])
        await eventually(lambda: new.answer == ["roads"])
        assert bench.metrics().accepted == 0


@in_loop
async def test_in_a_paused_queue_it_waits_to_be_scored(capsys: Any) -> None:
    """A cell must not wait for a click that may come after it only."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("wet", **WET))
        bench.pause()
        await question.send()
        assert capsys.readouterr().out == "it waits in the buffer: the queue is paused\n"
        assert str(question).endswith("it has gone, and is not done yet")
        bench.resume()
        question_is_final = pytest.raises(RuntimeError, match="the payload has gone; ask again")
        with question_is_final:
            question.answer = []
        await question.send()
        assert "drains and roads got it" in capsys.readouterr().out


@in_loop
async def test_a_reason_fits_what_happened_while_collectors_change() -> None:
    """A payload may wait long enough for a collector to be another."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("wet", **WET))
        question.answer = ["drains"]
        bench.pause()
        await question.send()
        await bench.put(collector("roads", topics=["snow"]))
        await bench.put(collector("audit", topics=["rain"]))
        bench.resume()
        await question.send()
        assert question.mistakes is not None
        assert [str(one) for one in question.mistakes] == [
            "audit got it, and was not ticked: listens to 'rain'"
        ]


class OnlyFirst(SimpleRouter):
    """Chooses in its own way."""

    def route(self, payload: Payload[Any]) -> Sequence[Collector]:
        """The first one."""
        return list(self.collectors.values())[:1]


class Silent(Router):
    """Does not tell who got a payload."""

    async def handle_event(self, payload: Payload[Any]) -> ResultList:
        """As all do."""
        results = await self.dispatch(payload, self.collectors.values())
        return ResultList(list(results))


@in_loop
async def test_a_custom_router_is_scored_where_it_tells_who_got_it() -> None:
    """Else it is said that it does not."""
    async with a_bench(router=OnlyFirst) as bench:
        question = (await a_city(bench)).ask(Payload("wet"))
        question.answer = []
        await question.send()
        assert question.mistakes is not None
        assert str(question.mistakes[0]).startswith("drains got it, and was not ticked: ")
    async with a_bench("other", router=Silent) as bench:
        question = (await a_city(bench)).ask(Payload("wet"))
        question.answer = []
        await question.send()
        assert "Silent does not tell who got it" in str(question)
        assert question.right is None


@in_loop
async def test_one_that_is_cut_off_is_not_scored() -> None:
    """Nobody could know that."""
    async with a_bench(shutdown_timeout=0.01) as bench:
        question = (await a_city(bench)).ask(Payload("wet"))
        question.answer = []
        bench.set_limits(min_consumers=1, max_consumers=1)
        bench.faults.set("drains", "hang")
        await bench.send(Payload(1, keys=["drains"]))
        await question.go()
        await bench.close()
        await question.send()
        assert "it was cut off before its turn" in str(question)


@in_loop
async def test_a_question_goes_to_the_workbench_that_is_made_again() -> None:
    """If its payload has not gone."""
    async with a_bench("mine") as bench:
        animation = await a_city(bench)
        question = animation.ask(Payload("wet"))
        async with a_bench("mine") as again:
            await again.put(collector("b"))
            await eventually(lambda: question.bench is again)
            assert question.choices == ["b"]
            await question.send()
            assert again.metrics().accepted == 1


@pytest.mark.parametrize("sent", [False, True])
@in_loop
async def test_the_page_shows_no_question_of_a_workbench_that_is_gone(sent: bool) -> None:
    """Whether its payload has gone or not; it says so, until the next question is asked."""
    async with a_bench("mine") as bench:
        animation = await a_city(bench)
        page = Page(animation)
        await page.opens()
        question = animation.ask(Payload("wet"))
        assert (page.state["question"]["text"], page.state["went"]) == ("wet", "")
        if sent:
            await question.send()
        async with a_bench("mine"):
            await eventually(lambda: page.state["question"] is None)
            assert page.state["went"] == (
                "The workbench was made again: the question about “wet” is gone. Ask anew."
            )
            assert "Who will get" not in animation.still()
            animation.ask(Payload("next"))
            assert (page.state["question"]["text"], page.state["went"]) == ("next", "")


@in_loop
async def test_a_queue_that_is_closed_refuses_the_payload() -> None:
    """In the page, it is said where Send was clicked; it has not gone."""
    async with a_bench() as bench:
        animation = await a_city(bench)
        page = Page(animation)
        await page.opens()
        question = animation.ask(Payload("wet"))
        await bench.close()
        with pytest.raises(QueueClosedError):
            await question.send()
        page.says("send", id=id(question))
        await eventually(lambda: "closed" in page.state.get("note", ""))
        assert not page.state["question"]["gone"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("audit", "keys must be a list of str, got 'audit'; write ['audit']"),
        (3, "keys must be a list of str, got int: 3"),
        ([3], "a key must be a str, got int: 3"),
        (["audti"], r"the answer must be among ['drains', 'roads', 'audit'], got 'audti'"),
    ],
)
@in_loop
async def test_an_answer_that_cannot_be_is_refused(answer: Any, said: str) -> None:
    """With the value, and what to do."""
    async with a_bench() as bench:
        question = (await a_city(bench)).ask(Payload("wet"))
        with pytest.raises((TypeError, ValueError)) as raised:
            question.answer = answer
        assert said in str(raised.value)
        assert question.answer is None


@in_loop
async def test_what_cannot_be_asked_is_refused() -> None:
    """A value that is not a payload, and a history, which is over."""
    async with a_bench() as bench:
        animation = await a_city(bench)
        with pytest.raises(TypeError, match=r"ask\(\) takes a Payload, got str: 'wet'; wrap it"):
            animation.ask("wet")  # type: ignore[arg-type]
        queue = CollectorQueue([], min_consumers=1, max_consumers=1)
        with pytest.raises(RuntimeError, match=r"write Animation\(bench\)\.ask\(payload\)"):
            Animation(History(queue)).ask(Payload(1))
