"""check: compares what happened with what was asked, and names the first thing that is wrong."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Ok, Payload, ResultList, Sending
from event_collector._text import one_line
from event_collector.recording import near, same, two_texts


class CheckError(AssertionError):
    """What was checked is not as it should be; its text says in one line what is wrong.

    A notebook shows that line alone, and the cell fails as with any other exception.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class _NotGiven:
    """Stands for an argument that was left out, where None is a value."""

    def __repr__(self) -> str:
        return "not given"


_NOT_GIVEN: Any = _NotGiven()


def check(
    actual: Any,
    *,
    went_to: Any = _NOT_GIVEN,
    gave: Any = _NOT_GIVEN,
    finished: Any = _NOT_GIVEN,
    equals: Any = _NOT_GIVEN,
    at_most: Any = _NOT_GIVEN,
    at_least: Any = _NOT_GIVEN,
    name: str | None = None,
) -> None:
    """Compare what happened with what was asked, by one criterion; print a line if it holds.

    Payloads are counted from 1, in the order of the given events. Floats are equal within
    1e-9 of their size (`math.isclose`), and nan equals nan. An answer that is still None or
    `...` is called not set yet.

    Args:
        actual: A History, or a list of events that are done; for `equals`, `at_most` and
            `at_least` a value.
        went_to: For each payload the key of the collector that should get it, or a list of keys,
            `[]` for nobody, in whatever order. Or one function from a payload to its keys.
        gave: For each payload the value of its first Ok. Or an Ok or an Error to compare its first
            one with, the class Ok, Error or of an exception, or a whole ResultList.
        finished: The values of the payloads in the order in which they should be done. Those done
            at the same instant may stand in any order.
        equals: The value expected.
        at_most: The largest number allowed.
        at_least: The smallest number allowed.
        name: What the value is called in the line; only for `equals`, `at_most` and `at_least`.

    Raises:
        CheckError: It does not hold, or `actual` is nothing that can be checked so.
        TypeError: There is not exactly one criterion, it has the wrong type, or `name` is given
            with a criterion for events.
    """
    criteria = {
        "went_to": went_to,
        "gave": gave,
        "finished": finished,
        "equals": equals,
        "at_most": at_most,
        "at_least": at_least,
    }
    given = [each for each, value in criteria.items() if value is not _NOT_GIVEN]
    if len(given) != 1:
        raise TypeError(
            f"check() takes exactly one of {', '.join(criteria)}, "
            f"got {' and '.join(given) or 'none'}"
        )
    criterion, expected = given[0], criteria[given[0]]
    if criterion in _CHECKS:
        if name is not None:
            raise TypeError(f"name is for equals, at_most and at_least, got it with {criterion}")
        events = _events_of(actual)
        right = _CHECKS[criterion](events, expected)
    else:
        right = _check_value(actual, criterion, expected, "the value" if name is None else name)
    print(f"right: {right}")  # noqa: T201


def _check_value(actual: Any, criterion: str, expected: Any, name: str) -> str:
    """Compare a value with one; return what is right."""
    limit = "" if criterion == "equals" else criterion.replace("_", " ") + " "
    if limit and not _is_number(expected):
        raise TypeError(
            f"{criterion} takes a number, got {type(expected).__name__}: {one_line(expected)}"
        )
    if actual is ... or (actual is None and expected is not None):
        raise CheckError(f"{name} is not set yet, expected {limit}{one_line(expected)}")
    _refuse_awaitable(actual, name)
    if not limit:
        if not same(actual, expected):
            shown, wanted = two_texts(actual, expected)
            raise CheckError(f"{name} is {shown}, expected {wanted}")
        return f"{name} is {one_line(actual)}"
    if not _is_number(actual):
        raise CheckError(
            f"{name} is {one_line(actual)} ({type(actual).__name__}), "
            f"expected a number, {limit}{expected}"
        )
    within = actual <= expected if criterion == "at_most" else actual >= expected
    if not (within or near(actual, expected)):
        raise CheckError(f"{name} is {actual}, expected {limit}{expected}")
    return f"{name} is {actual}, {limit}{expected}"


def _check_went_to(events: list[CollectorEvent], expected: Any) -> str:
    wanted = (expected,) * len(events) if callable(expected) else _listed(expected, "went_to")
    _same_length(events, wanted)
    for number, (event, keys) in enumerate(zip(events, wanted, strict=True), 1):
        results = _results(number, event)
        went, who = results.keys, f"payload {number} ({_address(event.payload)})"
        should = _keys(keys(event.payload) if callable(keys) else keys, who)
        if None in went:
            raise CheckError(
                f"{who} gave {one_line(results)} from collectors that nobody named, "
                f"expected {_names(should)}"
            )
        if sorted(map(str, went)) != sorted(should):
            raise CheckError(f"{who} went to {_names(went)}, expected {_names(should)}")
    return f"{_payloads(events)} went where {'it' if len(events) == 1 else 'they'} should"


def _check_gave(events: list[CollectorEvent], expected: Any) -> str:
    wanted = _listed(expected, "gave")
    _same_length(events, wanted)
    for number, (event, value) in enumerate(zip(events, wanted, strict=True), 1):
        who = f"payload {number} ({one_line(event.payload.value)})"
        if value is ...:
            raise CheckError(f"the answer for {who} is not set yet")
        results = _results(number, event)
        shown, should, holds = _compare(results, value)
        if not holds:
            gave = f"gave {shown}" if results.delivered else "reached nobody"
            raise CheckError(f"{who} {gave}, expected {should}")
    return f"{_payloads(events)} gave what {'it' if len(events) == 1 else 'they'} should"


def _compare(results: ResultList, expected: Any) -> tuple[str, str, bool]:
    """What there is and what there should be, in one line each, and whether they agree."""
    if isinstance(expected, ResultList):
        if results.delivered and not expected.delivered:
            return one_line(results), "nobody to get it", False
        return *two_texts(results, expected), same(results, expected)
    if isinstance(expected, type) and issubclass(expected, Ok | Error | BaseException):
        fails = expected is not Ok
        found = (results.errors if fails else results.oks) or results
        part = found[0].exception if isinstance(found[0], Error) else found[0]
        wanted = f"Error({expected.__name__})" if issubclass(expected, BaseException) else None
        holds = isinstance(found[0] if wanted is None else part, expected)
        return one_line(found[0]), wanted or f"an {expected.__name__}", holds
    wanted_result = expected if isinstance(expected, Ok | Error) else Ok(expected)
    alike: Any = results.errors if isinstance(wanted_result, Error) else results.oks
    got = (alike or results)[0]
    return *two_texts(got, wanted_result), same(got, wanted_result)


def _check_finished(events: list[CollectorEvent], expected: Any) -> str:
    wanted = _listed(expected, "finished")
    _same_length(events, wanted)
    for number, event in enumerate(events, 1):
        _results(number, event)
    left = sorted(events, key=lambda event: event.finished_at or 0.0)
    instants = {event.finished_at for event in events}
    if len(events) > 1 and len(instants) == 1:
        raise CheckError(
            f"all {len(events)} payloads were done at the same instant, so that there is no order; "
            "have the processor wait for a while"
        )
    for place, value in enumerate(wanted, 1):
        tied = [event for event in left if event.finished_at == left[0].finished_at]
        match = next((event for event in tied if same(event.payload.value, value)), None)
        if match is None:
            shown, should = two_texts(tied[0].payload.value, value)
            raise CheckError(
                f"payload {place} in the order of finishing was {shown}, expected {should}"
            )
        left.remove(match)
    return f"{_payloads(events)} were done in the expected order"


_CHECKS: dict[str, Callable[[list[CollectorEvent], Any], str]] = {
    "went_to": _check_went_to,
    "gave": _check_gave,
    "finished": _check_finished,
}


def _events_of(actual: Any) -> list[CollectorEvent]:
    """The events in what was given, one at least."""
    if actual is None or actual is ...:
        raise CheckError("the events are not set yet; give a History or a list of events")
    if not isinstance(actual, Sending):
        _refuse_awaitable(actual, "what was given")
    if not isinstance(actual, Iterable) or isinstance(actual, str | bytes | dict):
        raise CheckError(
            f"the events are {one_line(actual)} ({type(actual).__name__}); "
            "give a History or a list of events"
        )
    given = [each.event if isinstance(each, Sending) else each for each in actual]
    for number, each in enumerate(given, 1):
        if not isinstance(each, CollectorEvent):
            raise CheckError(
                f"item {number} of the events is {one_line(each)} ({type(each).__name__}); "
                "give what send() returns"
            )
    return given


def _refuse_awaitable(actual: Any, name: str) -> None:
    if inspect.isawaitable(actual):
        if inspect.iscoroutine(actual):
            actual.close()  # else Python warns that nobody awaited it
        raise CheckError(f"{name} is a {type(actual).__name__}, not its result; await it first")


def _listed(expected: Any, criterion: str) -> Sequence[Any]:
    """What is expected of each payload."""
    if expected is None or expected is ...:
        raise CheckError(f"{criterion} is not set yet; give a list with an item for each payload")
    if not isinstance(expected, Iterable) or isinstance(
        expected, str | bytes | dict | set | frozenset
    ):
        raise TypeError(
            f"{criterion} takes a list with an item for each payload, "
            f"got {type(expected).__name__}: {one_line(expected)}"
        )
    return list(expected)


def _keys(keys: Any, who: str) -> list[str]:
    """The keys that are expected for a payload."""
    if keys is None or keys is ...:
        raise CheckError(f"the answer for {who} is not set yet; give a key, or [] for nobody")
    listed = [keys] if isinstance(keys, str) or not isinstance(keys, Iterable) else list(keys)
    for key in listed:
        if not isinstance(key, str):
            raise TypeError(
                f"went_to takes keys, got {type(key).__name__} for {who}: {one_line(key)}"
            )
    return listed


def _same_length(events: list[CollectorEvent], wanted: Sequence[Any]) -> None:
    if not events or len(events) != len(wanted):
        sent = f"{_payloads(events)} {'was' if len(events) == 1 else 'were'} sent"
        should = len(wanted) if events or wanted else "one at least"
        raise CheckError(f"{sent if events else 'no payload was sent'}, expected {should}")


def _results(number: int, event: CollectorEvent) -> ResultList:
    """The results of an event that is done."""
    if event.result is None:
        raise CheckError(f"payload {number} is {event.status}; await its wait() first")
    return event.result


def _address(payload: Payload[Any]) -> str:
    """How a payload was addressed."""
    if payload.delivery is Delivery.BROADCAST:
        return f"broadcast {one_line(payload.value)}"
    what = payload.delivery.value
    names = payload.keys if payload.delivery is Delivery.KEY else payload.topics
    if not names:
        return f"no {what}"
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(map(one_line, names))}"


def _names(keys: Sequence[str | None]) -> str:
    """Keys in words."""
    if not keys:
        return "nobody"
    *others, last = map(one_line, keys)
    return f"{', '.join(others)} and {last}" if others else last


def _payloads(events: list[CollectorEvent]) -> str:
    return f"{len(events)} payload{'' if len(events) == 1 else 's'}"


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
