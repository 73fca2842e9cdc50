"""What an opened row shows: an event's payload, times, results, tracebacks and output, in full.

Full has limits, so that a payload of a gigabyte stops nothing. Each is told and can be lifted.
"""

import base64
from collections.abc import Collection, Mapping
from typing import Any

from event_collector import CollectorEvent, Error, Result, ResultList
from event_collector._text import describe
from event_collector_widgets.kernel import name_cells
from event_collector_widgets.panels.parts.in_rows import cut
from event_collector_widgets.panels.parts.live import Section
from event_collector_widgets.panels.parts.written import LIMIT, in_full, shortened
from event_collector_widgets.panels.results.events import (
    of_how_many,
    one_key,
    status,
    way,
)

RESULTS = 50
"""Of how many collectors the results are shown at first, those that failed before the others."""

ALL = "Show all"
"""The label of the button that lifts a limit."""


def title_of(event: CollectorEvent, resent: str = "") -> str:
    """The event in one line: "event 23: topic: temperature; ✗ Error (1 of 2); resent as 41: Ok"."""
    results = event.peek()
    state = f"{status(event, results)[0]}{of_how_many(results)}"
    return "; ".join(each for each in (f"event {event.id}: {way(event)}", state, resent) if each)


def sections_of(
    event: CollectorEvent, outputs: Mapping[str, Any], lifted: Collection[str] = ()
) -> list[Section]:
    """All of an event: what came of its payload stands before where it was sent and its times.

    Args:
        event: The event.
        outputs: By collector, what its processor has shown: with `text`, `displays`, `missing`.
        lifted: The keys of the sections of which all is to be shown.
    """
    results = event.peek()
    sections = [_value("payload", event.payload.value, lifted, "payload")]
    times = Section("times", "\n".join(_facts(event)), "line")
    if results is None or not results.delivered:
        return [*sections, *_left_over(outputs, set(), lifted), times]
    order, keys = _order(results, lifted), results.keys
    for place in order:
        key, result = keys[place], results[place]
        sections.append(_result(place, key, result, lifted))
        sections += _output(f"output {place}", key, outputs.get(key or ""), lifted)
    if len(order) < len(results):
        sections.append(
            Section(
                "results",
                "",
                note=f"{len(order):,} of {len(results):,} results, those that failed first",
                lift=ALL,
            )
        )
    return [*sections, *_left_over(outputs, {key or "" for key in keys}, lifted), times]


def _facts(event: CollectorEvent) -> list[str]:
    """Where it was sent to, in full, and how long it took."""
    payload = event.payload
    facts = [
        f"{name}: {cut(', '.join(map(str, named)), LIMIT)}"
        for name, named in (("keys", payload.keys), ("topics", payload.topics))
        if named
    ]
    if payload.priority is not None:
        facts.append(f"priority: {payload.priority}")
    times = [
        f"{what} {seconds * 1000:,.1f} ms"
        for what, seconds in (("waited", event.wait_time), ("in service", event.service_time))
        if seconds is not None
    ]
    if event.consumer is not None:
        times.append(f"taken by consumer {event.consumer}")
    return [*facts, ", ".join(times) or "not taken yet"]


def _order(results: ResultList, lifted: Collection[str]) -> list[int]:
    """The places of the results that are shown: Errors first, else in their order."""
    places = sorted(range(len(results)), key=lambda place: not isinstance(results[place], Error))
    return places if "results" in lifted else places[:RESULTS]


def _result(place: int, key: str | None, result: Result, lifted: Collection[str]) -> Section:
    name = f"result {place}"
    if not isinstance(result, Error):
        return _value(name, result.value, lifted, f"✓ {one_key(key)}: Ok", "ok")
    text, note, more = shortened(name_cells(_traceback(result)), everything=name in lifted)
    heading = f"✗ {one_key(key)}: {describe(result.exception, 500)}"
    return Section(name, text, "traceback", heading, note, ALL if more else "", "error")


def _value(
    name: str, value: object, lifted: Collection[str], heading: str, state: str = ""
) -> Section:
    text, note, more = in_full(value, everything=name in lifted)
    return Section(name, text, "code", heading, note, ALL if more else "", state)


def _traceback(error: Error) -> str:
    try:
        return error.traceback
    except Exception as exc:  # of an exception whose own str fails
        return f"the traceback cannot be written: {describe(exc)}"


def _output(name: str, key: str | None, output: Any, lifted: Collection[str]) -> list[Section]:
    """What a processor has printed and displayed for the event: as text, and pictures."""
    if not output:
        return []
    sections = []
    if output.text or output.missing:
        text, note, more = shortened(output.text, everything=name in lifted)
        told = "; ".join(each for each in (note, output.missing) if each)
        heading = f"output of {one_key(key)}"
        sections.append(Section(name, text, "code", heading, told, ALL if more else ""))
    for number, display in enumerate(output.displays):
        sections.append(_display(f"{name} {number}", display, lifted))
    return sections


def _display(name: str, display: Mapping[str, Any], lifted: Collection[str]) -> Section:
    """A picture as a picture; of anything else its text: HTML of a processor is not run."""
    told = str(display.get("text/plain", "a picture"))
    for mime in ("image/png", "image/jpeg", "image/gif"):
        if mime in display:
            return Section(name, f"data:{mime};base64,{display[mime]}", "image", note=cut(told, 80))
    if "image/svg+xml" in display:
        data = base64.b64encode(str(display["image/svg+xml"]).encode()).decode()
        return Section(name, f"data:image/svg+xml;base64,{data}", "image", note=cut(told, 80))
    text, note, more = shortened(told, everything=name in lifted)
    return Section(name, text, "code", "", note, ALL if more else "")


def _left_over(
    outputs: Mapping[str, Any], shown: Collection[str], lifted: Collection[str]
) -> list[Section]:
    """The output of collectors that have no result, yet or at all."""
    return [
        section
        for key, output in outputs.items()
        if key not in shown
        for section in _output(f"output of {key}", key, output, lifted)
    ]
