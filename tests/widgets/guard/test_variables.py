"""Variables: what they hold is found, once, by a name of the user's."""

import asyncio
from typing import Any, NamedTuple

import pytest
from event_collector_widgets.guard.variables import DEPTH, MOST, OBJECTS, kept, kept_deep


class Pair(NamedTuple):
    """A tuple of a class of its own."""

    one: int
    two: int


def found(names: dict[str, object]) -> list[tuple[str, object]]:
    """The odd numbers that variables hold."""
    return kept(int, lambda value: isinstance(value, int) and value % 2 == 1, names)


def test_values_and_items_of_containers_are_found() -> None:
    """Lists, tuples, sets and dicts, if their first item is of the kind."""
    names: dict[str, object] = {
        "a": 1001,
        "b": [1003, 2, 1005],
        "c": (1007,),
        "d": {"x": 1009},
        "e": {1011},
        "f": ["text", 1013],
        "g": Pair(1015, 2),
        "h": [],
        "i": {},
        "j": set(),
    }
    assert [value for _, value in found(names)] == [1001, 1003, 1005, 1007, 1009, 1011, 1015]


def test_each_is_found_once_by_a_users_name() -> None:
    """IPython keeps what a cell gives under names of its own."""
    value = 1017
    names: dict[str, object] = {"_": value, "Out": {1: value}, "mine": value, "also": value}
    assert found(names) == [("mine", value)]


def test_only_so_many_items_are_looked_at() -> None:
    """A list of millions must not be walked after each cell."""
    assert len(found({"many": list(range(1, 100_001, 2))})) == MOST


class Shelf:
    """A class of a notebook, but for its module."""

    def __init__(self, value: object) -> None:
        self.value = value


def enclosing(value: object) -> Any:
    """A function of a notebook, but for its module."""

    def given() -> object:
        return value

    given.__module__ = "__main__"
    return given


def deep(value: object) -> list[tuple[str, str]]:
    """How the texts "x" that a variable leads to are written, one by one and together."""
    found = kept_deep(lambda each: each == "x" and type(each) is str, {"it": value})
    return [(each.path, each.together) for each in found]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("x", ("it", "")),
        ({"k": ["x"]}, ("it['k'][0]", "")),
        (((("x",),),), ("it[0][0][0]", "")),
        (["y", "x"], ("it[1]", "")),
        ({"x"}, ("", "")),
        (enclosing("x"), ("", "")),
        (enclosing(["x"]), ("", "")),
        ([[[["x"]]]], None),
        ([*range(1000, 1000 + MOST), "x"], None),
        ([list(range(at, at + 90)) for at in range(1000, 10_000, 90)] + [["x"]], None),
        (Shelf("x"), None),
    ],
)
def test_at_the_end_what_is_deeper_is_found_within_bounds(
    value: object, written: tuple[str, str] | None
) -> None:
    """Of what the notebook defines, or is built in: so many steps, so many objects."""
    assert (DEPTH, OBJECTS) == (3, 1_000)
    assert deep(value) == ([] if written is None else [written])


def test_attributes_of_the_notebooks_objects_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of others are their own affair."""
    monkeypatch.setattr(Shelf, "__module__", "__main__")
    assert deep({"a": Shelf("x")}) == [("it['a'].value", "")]


def test_the_result_of_a_future_is_found_and_it_stays_unasked() -> None:
    """A call in a thread that gives a coroutine."""

    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_result("x")
        assert deep(future) == [("(await it)", "")]

    asyncio.run(main())


def test_what_all_of_a_container_are_can_be_gathered() -> None:
    """Of a list and of a dict; not where another stands among them."""

    class Text(str):
        __slots__ = ()

    def all_of(value: object) -> set[str]:
        found = kept_deep(lambda each: type(each) is Text, {"it": value})
        return {each.together for each in found}

    one, two = Text("a"), Text("b")
    assert all_of([one, two]) == {"*it"}
    assert all_of({"a": one, "b": two}) == {"*it.values()"}
    assert all_of([one, two, 3]) == {""}
