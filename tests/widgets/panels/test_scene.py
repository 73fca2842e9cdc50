"""Scene: buttons that do what functions do, beside the animation; marked, and careful."""

import asyncio
from typing import Any

import pytest
from event_collector_widgets import Scene, Workbench

from event_collector import Payload
from tests.support import in_loop
from tests.widgets.benches import (
    NASTY,
    a_bench,
    assert_harmless,
    collector,
    eventually,
    failed,
    from_another_thread,
)


@in_loop
async def test_a_click_does_what_the_function_does() -> None:
    """A plain one and an async one, from whatever thread; what was done is marked."""
    async with a_bench() as bench:
        done: list[str] = []

        async def second() -> None:
            await asyncio.sleep(0)
            done.append("second")

        scene = Scene(bench, {"first": lambda: done.append("first"), "second": second})
        await from_another_thread(scene.buttons["first"].click)
        await eventually(lambda: done == ["first"])
        scene.buttons["second"].click()
        await eventually(lambda: done == ["first", "second"])
        await eventually(lambda: scene.buttons["second"].icon == "check")
        assert scene.buttons["first"].icon == "check"
        assert scene.buttons["first"].description == "first"  # it can be clicked again


@in_loop
async def test_it_shows_the_queue_and_asks_in_it() -> None:
    """An act brings a payload to the publisher; the next one takes its place."""
    async with a_bench() as bench:
        await bench.put(collector("a"))
        scene = Scene(bench, {"ask": lambda: scene.animation.ask(Payload("x"))})
        await scene.act("ask")
        state: Any = scene.animation._state()
        assert (state["question"]["text"], state["question"]["choices"]) == ("x", ["a"])
        assert bench.metrics().accepted == 0


@in_loop
async def test_what_an_act_raises_is_shown_and_not_marked() -> None:
    """Under the buttons, in one line."""
    async with a_bench() as bench:

        def fail() -> None:
            raise ValueError("the chalk is gone")

        scene = Scene(bench, {"fail": fail})
        scene.buttons["fail"].click()
        await eventually(lambda: failed(scene))
        assert scene.status.text == "ValueError: the chalk is gone"
        assert scene.buttons["fail"].description == "fail"


@in_loop
async def test_in_a_workbench_that_is_made_again_nothing_was_done() -> None:
    """The marks go; the animation is of the new one."""
    async with a_bench("again") as bench:
        scene = Scene(bench, {"nothing": lambda: None})
        await scene.act("nothing")
        anew = Workbench("again")
        await eventually(lambda: scene.bench is anew)
        assert scene.buttons["nothing"].description == "nothing"
        assert repr(scene.animation) == f"Animation({anew!r})"
        await anew.close()


@in_loop
async def test_without_a_kernel_it_is_a_picture_and_the_names_of_its_buttons() -> None:
    """As plain HTML, in which nothing of a name is an element; the same in every run."""
    async with a_bench() as bench:
        scene = Scene(bench, {"flood, to all": lambda: None, NASTY: lambda: None})
        assert "<svg" in scene.static()
        assert "<p>Buttons: flood, to all, " in scene.static()
        assert NASTY not in scene.static()
        assert_harmless(scene)
        plain = repr(Scene(bench, {"a": print}))
        assert plain == f"Scene({bench!r}, ['a'])"


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "a list": (["a"], TypeError, r"acts must be a dict of texts and functions, got list: \['a'\]"),
    "none": ({}, ValueError, "a scene needs an act at least"),
    "a number": ({1: print}, TypeError, "what a button says must be a str, got int: 1"),
    "an empty text": ({" ": print}, ValueError, "what a button says must not be empty"),
    "a payload": ({"a": Payload(1)}, TypeError, "the act 'a' must be a function without argum"),
}


@pytest.mark.parametrize(("acts", "error", "said"), REFUSED.values(), ids=REFUSED)
@in_loop
async def test_what_is_not_acts_is_refused(acts: Any, error: type[Exception], said: str) -> None:
    """At once, with the value and what to write."""
    async with a_bench() as bench:
        with pytest.raises(error, match=said):
            Scene(bench, acts)
