"""What a large value costs to show: as much as is shown, and not what there is of it."""

import array
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from event_collector import Error, Ok, Payload, ResultList
from event_collector._text import describe, one_line

MANY = 200_000


class Counted:
    """Counts how often it is shown."""

    def __init__(self) -> None:
        self.shown = 0

    def __repr__(self) -> str:
        self.shown += 1
        return f"<{self.shown}>"


class Rows(list[Any]):
    """A list by another name."""


class Table(dict[str, Any]):
    """A dict by another name."""


@dataclass
class Batch:
    """Holds much."""

    rows: list[int]
    name: str = "batch"
    secret: str = field(default="x", repr=False)


class Reading(NamedTuple):
    """Holds much, as a tuple."""

    rows: tuple[int, ...]
    name: str = "reading"


def wide(level: int) -> list[Any]:
    """Ten lists in each of ten lists, and so on: 10 to the power of `level` in all."""
    inner: list[Any] = []
    for _ in range(level):
        inner = [inner] * 10
    return inner


numbers = list(range(MANY))
LARGE: list[tuple[Any, str]] = [
    ("x" * MANY, "'" + "x" * 37 + "..." + "x" * 38 + "'"),
    (b"\x00" * MANY, "b'" + ("\\x00" * 10)[:36] + "..."),
    (bytearray(MANY), "bytearray(b'\\x00"),
    (numbers, "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
    (Rows(numbers), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
    (tuple(numbers), "(0, 1, 2, 3, 4, 5, 6, 7, ...)"),
    (dict.fromkeys(numbers), "{0: None, 1: None, 2: None, 3: None, 4: None, 5: None, 6: None, 7"),
    (Table({"a": numbers}), "{'a': [0, 1, 2, 3, 4, 5, 6, 7, ...]}"),
    (OrderedDict.fromkeys(numbers, 1), "OrderedDict({0: 1, 1: 1, 2: 1, 3: 1,"),
    (defaultdict(int, {"a": numbers}), "defaultdict(<class 'int'>, {'a': [0, 1, 2, 3, 4, 5, 6, 7,"),
    (Counter(numbers), "Counter({0: 1, 1: 1, 2: 1,"),
    (MappingProxyType(dict.fromkeys(numbers)), "mappingproxy({0: None, 1: None,"),
    (dict.fromkeys(numbers).keys(), "dict_keys([0, 1, 2, 3, 4, 5, 6, 7, ...])"),
    (dict.fromkeys(numbers).values(), "dict_values([None, None, "),
    (dict.fromkeys(numbers).items(), "dict_items([(0, None), (1, None), "),
    (set(numbers), "<set of 200,000>"),
    (frozenset(numbers), "<frozenset of 200,000>"),
    (deque(numbers, maxlen=MANY), "deque([0, 1, 2, 3, 4, 5, 6, 7, ...], maxlen=200000)"),
    (array.array("i", numbers), "array('i', [0, 1, 2, 3, 4, 5, 6, 7, ...])"),
    (Batch(numbers), "Batch(rows=[0, 1, 2, 3, 4, 5, 6, 7, ...], name='batch')"),
    (Reading(tuple(numbers)), "Reading(rows=(0, 1, 2, 3, 4, 5, 6, 7, ...), name='reading')"),
    (1 << MANY, "<int of 200,001 bits>"),
    (10**90, "1" + "0" * 37 + "..."),
    (wide(8), "[[[[[[[...], [...], [...],"),
]


@pytest.mark.parametrize(("value", "begins"), LARGE, ids=lambda value: type(value).__name__)
def test_a_large_value_is_shown_by_its_beginning(value: Any, begins: str) -> None:
    """Decision 26: in as much memory as the text takes, whatever it is shown by."""
    shows: list[Any] = [
        one_line,
        lambda each: repr(Ok(each)),
        lambda each: repr(Payload(each)),
    ]
    for show in shows:
        tracemalloc.start()
        try:
            text = show(value)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert begins in text
        assert len(text) <= 130
        assert peak < 40_000, f"{peak} bytes"


@pytest.mark.parametrize("kind", [frozenset, tuple])
def test_what_lies_deep_in_itself_takes_no_longer_with_each_level(kind: Any) -> None:
    """Sets are written in order, for which their items are written too."""

    class Item:
        """Counts who asks for it."""

        asked = 0

        def __repr__(self) -> str:
            Item.asked += 1
            return "item"

    value = kind()
    for _ in range(40):
        value = kind([value, Item()])
    assert one_line(value).startswith("frozenset({" if kind is frozenset else "((")
    assert Item.asked < 500


def test_what_is_not_shown_is_not_asked() -> None:
    """Time goes by what is shown: items behind it are not even looked at."""
    first, last = Counted(), Counted()
    for value in (
        [first] * 8 + [last],
        {"a": [first, *["x" * 50] * 4, last]},
        [["y" * 80] * 2, last],
    ):
        one_line(value)
    assert first.shown > 0
    assert last.shown == 0


def test_what_shows_itself_is_asked_once_and_cut() -> None:
    """A repr of somebody else's is not known beforehand: it is called once."""

    class Long(Counted):
        def __repr__(self) -> str:
            self.shown += 1
            return "long " * 100_000

    value = Long()
    text = one_line(value)
    assert value.shown == 1
    assert text == ("long " * 20)[:77] + "..."
    assert one_line([value], 500) == f"[{text}]"
    assert value.shown == 2


def test_what_an_exception_says_is_cut_too() -> None:
    """H: an exception may hold all of what failed."""
    assert describe(ValueError("much " * 100_000), 20) == "ValueError: much ..."
    assert repr(Error(ValueError("\n" * 1_000_000))) == "Error(ValueError: ...)"
    assert len(describe(ValueError("word\n" * 100_000), 500)) == 500


@pytest.mark.parametrize("kind", [ValueError, KeyError, ExceptionGroup])
def test_an_exception_around_a_large_value_is_shown_by_its_beginning(kind: Any) -> None:
    """The time is that of a small one: nothing of the value is written that is not shown."""

    class Item:
        """Counts who asks for it."""

        asked = 0

        def __repr__(self) -> str:
            Item.asked += 1
            return "item"

    items = [Item() for _ in range(10_000)]
    exception = kind("many", [OSError(items)]) if kind is ExceptionGroup else kind(items)
    assert repr(Error(exception)).startswith(f"Error({kind.__name__}: ")
    assert repr(Error(kind("two", items) if kind is not ExceptionGroup else exception))
    assert Item.asked < 1_000


def test_many_results_are_shown_by_the_first_of_them() -> None:
    """Decision 26: a ResultList of ten thousand collectors is one line as well."""
    results = ResultList([Ok(number) for number in range(10_000)])
    shown = ", ".join(f"Ok({number})" for number in range(20))
    assert repr(results) == f"ResultList([{shown}, ... 9,980 more])"
    assert repr(ResultList(results[:20])) == f"ResultList([{shown}])"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Batch([1]), "Batch(rows=[1], name='batch')"),
        (Reading(()), "Reading(rows=(), name='reading')"),
        (bytearray(b"ab"), "bytearray(b'ab')"),
        (b"ab", "b'ab'"),
        ((1,), "(1,)"),
        (deque([1], maxlen=3), "deque([1], maxlen=3)"),
        (defaultdict(list), "defaultdict(<class 'list'>, {})"),
        (OrderedDict(), "OrderedDict()"),
        (Counter("abb"), "Counter({'b': 2, 'a': 1})"),
        (Counter(), "Counter()"),
        (MappingProxyType({"a": 1}), "mappingproxy({'a': 1})"),
        ({"a": 1}.items(), "dict_items([('a', 1)])"),
        (array.array("d"), "array('d')"),
        (True, "True"),
        (-5, "-5"),
        ("x" * 79, "'" + "x" * 37 + "..." + "x" * 38 + "'"),
        ("x" * 78, "'" + "x" * 78 + "'"),
    ],
)
def test_a_small_value_is_shown_as_python_shows_it(value: Any, text: str) -> None:
    """Decision 26: nothing is left out that fits."""
    assert one_line(value) == text
    if "..." not in text:
        assert repr(value).endswith(text)


def test_a_class_shows_itself_as_it_wishes() -> None:
    """A repr that somebody wrote is used, in a dataclass, a named tuple and a container too."""

    @dataclass
    class Own:
        rows: list[int]

        def __repr__(self) -> str:
            return "own"

    class Named(NamedTuple):
        row: int

        def __repr__(self) -> str:
            return "named"

    class Items(list[int]):
        def __repr__(self) -> str:
            return "items"

    assert [one_line(value) for value in (Own([1]), Named(1), Items([1]))] == [
        "own",
        "named",
        "items",
    ]


def test_a_value_that_holds_itself_comes_to_an_end() -> None:
    """However it goes in a circle."""
    circle: list[Any] = [1]
    circle.append(circle)
    assert one_line(circle) == "[1, [1, [1, [1, [1, [1, [...]]]]]]]"
    batch = Batch([])
    batch.rows = [batch]  # type: ignore[list-item]
    assert one_line(batch).startswith("Batch(rows=[Batch(rows=[Batch(")


def test_a_dataclass_without_one_of_its_fields_is_named() -> None:
    """A repr that fails spoils nothing beside it."""
    batch = Batch([1])
    del batch.rows
    assert one_line([batch, 2]).endswith("<Batch whose repr raised AttributeError>, 2]")


def payload_of_itself() -> object:
    payload: Payload[Any] = Payload([])
    payload.value.extend([payload] * 3)
    return payload


def ok_of_itself() -> object:
    ok: Ok[Any] = Ok({})
    ok.value.update(dict.fromkeys("abc", ok))
    return ok


def results_of_themselves() -> object:
    results = ResultList()
    results.extend([Ok(results)] * 20)
    return results


def error_of_itself() -> object:
    exception = ValueError()
    exception.args = (Ok([Error(exception)] * 3),)
    return Error(exception)


def nested_payloads() -> object:
    value: object = 1
    for _ in range(60):
        value = Payload([value, value])
    return value


@pytest.mark.parametrize(
    "made",
    [payload_of_itself, ok_of_itself, results_of_themselves, error_of_itself, nested_payloads],
)
def test_what_holds_itself_again_and_again_is_shown_in_a_moment(made: Any) -> None:
    """It would take two to the power of a hundred steps: this does not come back then."""
    value = made()
    assert "..." in one_line(value)
    assert "..." in repr(value)
    assert one_line([1, [2]]) == "[1, [2]]", "what is shown next is shown less deeply"


def test_a_long_str_in_the_place_of_a_list_is_not_written_out() -> None:
    with pytest.raises(TypeError) as refused:
        Payload(1, keys="k" * MANY)
    assert len(str(refused.value)) < 300
