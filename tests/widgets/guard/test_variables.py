"""Variables: what they hold is found, once, by a name of the user's."""

from typing import NamedTuple

from event_collector_widgets.guard.variables import MOST, kept


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
