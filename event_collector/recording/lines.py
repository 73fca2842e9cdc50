"""The lines of a recording: a header, events, gaps and the end, as dicts that JSON knows."""

from collections.abc import Generator, Sequence
from typing import Any, NoReturn

from event_collector._text import describe
from event_collector.data import Delivery, Payload, listed
from event_collector.event import CollectorEvent, _travelled
from event_collector.queue import CollectorQueue
from event_collector.recording.codec import Coding, to_text
from event_collector.recording.errors import recorded_error
from event_collector.results import Error, Ok, Result, ResultList, _error_with_text

FORMAT = 1
"""The version of the format."""

_TIMES = ("accepted_at", "taken_at", "finished_at")


def header_of(queue: CollectorQueue | None, toolkit: str) -> dict[str, Any]:
    """The first line: the versions, and what the queue is; None where it is gone."""
    told = None
    if queue is not None:
        told = {
            "collectors": list(queue.collectors),
            "queue_type": queue.queue_type.name,
            "router": type(queue.router).__qualname__,
            "min_consumers": queue.min_consumers,
            "max_consumers": queue.max_consumers,
            "max_queued": queue.max_queued,
        }
    return {"recording": FORMAT, "toolkit": toolkit, "queue": told}


def line_of(event: CollectorEvent, coding: Coding) -> str:
    """An event as a line of text, done or not.

    Raises:
        TypeError, ValueError: As from `Coding.encode`, with the event and where in it that is.
    """
    return begun_of(event, coding) + ended_of(event, coding)


# Written out: most of what a recording costs is spent in these two, and a dict of it all, which
# JSON goes through once more, takes twice as long.


def begun_of(event: CollectorEvent, coding: Coding) -> str:
    """The beginning of a line: what was sent, as it is now.

    Raises:
        TypeError, ValueError: As from `line_of`.
    """
    number, payload = event.id, event.payload
    if type(payload.delivery) is not Delivery:
        raise TypeError(f"event {number}: delivery is not a Delivery: {payload.delivery!r}")
    try:
        value = to_text(coding.encode(payload.value, f"event {number}: payload"))
        names = [
            to_text(coding.encode(listed(each), f"event {number}: {name}")) if each else "[]"
            for name, each in (("keys", payload._keys), ("topics", payload._topics))
        ]
        priority = to_text(coding.encode(payload.priority, f"event {number}: priority"))
    except (ValueError, RecursionError) as exc:
        raise _in_words(exc, number) from None
    return (
        f'{{"event":{number},"payload":{value},"delivery":"{payload.delivery.value}",'
        f'"keys":{names[0]},"topics":{names[1]},"priority":{priority}'
    )


def ended_of(event: CollectorEvent, coding: Coding) -> str:
    """The rest of a line: times and results, as they are now.

    Raises:
        TypeError, ValueError: As from `line_of`.
    """
    results = event.peek()
    try:
        told = "null" if results is None else _results_of(results, coding, event.id)
    except (ValueError, RecursionError) as exc:
        raise _in_words(exc, event.id) from None
    times = ["null" if (time := getattr(event, name)) is None else repr(time) for name in _TIMES]
    consumer = "null" if event.consumer is None else event.consumer
    return (
        f',"consumer":{consumer},"accepted_at":{times[0]},"taken_at":{times[1]},'
        f'"finished_at":{times[2]},"results":{told}}}'
    )


def _in_words(exc: Exception, number: int) -> Exception:
    """The error itself, if it names the event; else it is an int of too many digits, or nested too
    deep for JSON."""
    if type(exc) is ValueError and str(exc).startswith("event "):
        return exc
    return ValueError(f"event {number}: cannot be written as JSON: {describe(exc)}")


def _results_of(results: ResultList, coding: Coding, number: int) -> str:
    """One for each result; none says that the event was not delivered."""
    if not results.delivered:
        return "[]"
    given = zip(results.keys, results, strict=True)
    return f"[{','.join([_result_of(key, result, coding, number) for key, result in given])}]"


def _result_of(key: str | None, result: Result, coding: Coding, number: int) -> str:
    collector = "null" if key is None else to_text(key)
    if isinstance(result, Ok):
        value = to_text(coding.encode(result.value, f"event {number}: Ok of {key!r}"))
        return f'{{"collector":{collector},"ok":{value}}}'
    exception = result.exception
    kind = type(exception)
    try:
        message = str(exception)
    except Exception as exc:
        message = f"its str raised {type(exc).__name__}"
    said = {
        "module": kind.__module__,
        "type": kind.__qualname__,
        "message": message,
        "traceback": result.traceback,
    }
    return f'{{"collector":{collector},"error":{to_text(said)}}}'


def gap_of(count: int) -> str:
    """A line that says how many events are not recorded."""
    return to_text({"gap": count})


def end_of(events: int, lost: int) -> str:
    """The last line: how many events there are, and how many are not recorded."""
    return to_text({"end": events, "lost": lost})


def event_of(line: dict[str, Any]) -> CollectorEvent:
    """The event that a line tells of: a twin, which belongs to no queue.

    Raises:
        KeyError, TypeError, ValueError: Something is missing in the line, or is not what it should
            be.
    """
    payload = Payload(line["payload"])
    payload.delivery = Delivery(line["delivery"])
    for name in ("keys", "topics"):  # as they were: somebody may have set them by hand
        if line[name]:
            setattr(payload, name, line[name])
    payload.priority = line["priority"]
    number, accepted_at, given = line["event"], line["accepted_at"], line["results"]
    if type(number) is not int or type(accepted_at) not in (int, float):
        raise TypeError("event must be an int, and accepted_at a number")
    results = None if given is None else [_result_from(result) for result in given]
    event = _travelled(
        {
            **{name: line[name] for name in ("taken_at", "finished_at", "consumer")},
            "id": number,
            "accepted_at": accepted_at,
            "payload": payload,
            "_results": Ok(None) if results == [] else results,
            "_keys": [result["collector"] for result in given] if given else None,
        }
    )
    event._consumers = _NOWHERE
    return event


def _result_from(given: dict[str, Any]) -> Result:
    if "error" not in given:
        return Ok(given["ok"])
    said = given["error"]
    error: Error = _error_with_text(
        recorded_error(said["module"], said["type"], said["message"]), said["traceback"]
    )
    return error


class _Nowhere:
    """The queue of an event that was read. One without a result will never have any."""

    loop: Any = None

    def start_for(self, event: CollectorEvent, /) -> Generator[None]:
        self._refuse(event)
        yield

    async def wait_for(self, event: CollectorEvent, /) -> None:
        self._refuse(event)

    def _refuse(self, event: CollectorEvent) -> NoReturn:
        raise RuntimeError(
            f"event {event.id} was recorded without a result, and will never have one; "
            "replay its payload"
        )


_NOWHERE = _Nowhere()


def joined(lines: Sequence[str]) -> bytes:
    """Lines as they stand in the file."""
    return "".join(f"{line}\n" for line in lines).encode("ascii")
