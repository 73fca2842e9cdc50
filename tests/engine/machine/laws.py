"""The laws of a whole run, checked when it has ended."""

import asyncio

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Error,
    Ok,
    QueueClosedError,
    Result,
)
from tests.engine.machine.actors import Exiting, Interrupt
from tests.engine.machine.ledger import Ledger, Run
from tests.engine.machine.plan import CANCELS_ITSELF, LINGERS


def check_the_end(queue: CollectorQueue, ledger: Ledger, tasks: list[asyncio.Task[None]]) -> None:
    """Note in the ledger which laws do not hold."""
    for task in tasks:
        if task.done() and not task.cancelled() and (exc := task.exception()) is not None:
            ledger.note(False, f"{task.get_name()} raised {exc!r}")
    for member in ledger.members.values():
        times = f"{member.entered} times, left {member.left} times"
        ledger.note(
            member.entered == member.left,
            f"the lifecycle of {member.place.key!r} was entered {times}",
        )
    for number, event in ledger.events.items():
        if event.result is None:
            ledger.note(False, f"event {event.id} has no results")
        else:
            check_results(event, ledger.matching.get(number), ledger)
    check_counts(queue, ledger)
    check_timeouts(ledger)
    check_interrupts(ledger)


def check_counts(queue: CollectorQueue, ledger: Ledger) -> None:
    """Everything accepted is finished, each payload was processed once, and was counted."""
    now, results = queue.metrics(), [event.result for event in ledger.events.values()]
    counted = (now.accepted, now.finished, now.queued, now.in_service)
    ledger.note(counted == (len(results), len(results), 0, 0), f"in the end: {counted}")
    errors = sum(len(one.errors) for one in results if one is not None)
    ledger.note(now.errors == errors, f"{now.errors} errors counted, {errors} given")
    nowhere = sum(not one.delivered for one in results if one is not None)
    ledger.note(now.undelivered == nowhere, f"{now.undelivered} undelivered, not {nowhere}")
    for (number, collector), runs in ledger.runs.items():
        ledger.note(len(runs) == 1, f"{collector!r} processed {number} {len(runs)} times")
        chosen = collector in ledger.matching.get(number, ())
        ledger.note(chosen, f"{collector!r} processed {number}, which is not for it")


def check_timeouts(ledger: Ledger) -> None:
    """A processor that outlasts its timeout is not left running."""
    for (number, collector), (run, *_) in ledger.runs.items():
        if run.ended is None:
            ledger.note(False, f"{collector!r} never ended with {number}")
        elif collector.timeout is not None:
            most = collector.timeout + run.computed
            most += LINGERS if run.doing.then == "linger" else 0
            took = run.ended - run.began
            ledger.note(took <= most + 1e-9, f"{collector!r} ran {took} s with {number}")


def check_interrupts(ledger: Ledger) -> None:
    """An interrupt reaches one who waits for the event, or whoever else is there."""
    got = [waiter.got for waiter in ledger.waiters if waiter.got is not None]
    got += [exc for exc in ledger.unclaimed if isinstance(exc, Interrupt | Exiting)]
    ledger.note(len(got) == len(set(map(id, got))), f"passed on more than once: {got}")
    ledger.note(len(got) == 0 or ledger.interrupts, "an interrupt came from nowhere")
    for number, raised in ledger.interrupts.items():
        event = ledger.events[number]
        of_event = [waiter for waiter in ledger.waiters if waiter.event is event]
        waited = any(waiter.was_woken for waiter in of_event)
        spoilt = any(waiter.cancelled for waiter in of_event) or is_cut_off(event)
        heard = any(waiter.got in raised for waiter in of_event if waiter.got is not None)
        ledger.note(heard or spoilt or not waited, f"nobody was told of {raised} of {event!r}")
    lost = all(
        is_cut_off(ledger.events[number])
        or any(
            waiter.cancelled and waiter.event.payload.value == number for waiter in ledger.waiters
        )
        for number in ledger.interrupts
    )
    ledger.note(lost or got, f"nobody at all was told of {ledger.interrupts}")


def is_cut_off(event: CollectorEvent) -> bool:
    """Whether a shutdown cut an event off."""
    return any(map(is_cut, event.result or ()))


def is_cut(result: Result) -> bool:
    """Whether a result is that of a shutdown which cut the event off."""
    return isinstance(result, Error) and isinstance(result.exception, QueueClosedError)


def may_be_cut(event: CollectorEvent, ledger: Ledger) -> bool:
    """Whether a shutdown was cancelled, or had waited for as long as it was told to."""
    ended, timeout = event.finished_at, ledger.plan.shutdown_timeout
    assert ended is not None
    return any(
        stop.began <= ended
        if stop.cancelled
        else timeout is not None and stop.began + timeout <= ended + 1e-9
        for stop in ledger.stops
    )


def check_results(event: CollectorEvent, taken_by: list[Collector] | None, ledger: Ledger) -> None:
    """One result from each collector, as its processor gave it, or an Error that says why not."""
    results = event.result
    assert results is not None
    said = f"event {event.id} got {results} of {results.keys}"
    if is_cut_off(event):
        ledger.note(may_be_cut(event, ledger), f"{said}: nothing was to be cut off")
        if results.keys == [None]:
            return
    if ledger.plan.router == "own dispatch" and results.keys == [None]:
        raised = ledger.interrupts.get(event.payload.value, ())
        fits = [one.exception in raised for one in results.errors] == [True]
        ledger.note(fits, f"{said}, but {raised} were raised")
    elif taken_by is None:
        ledger.note(False, f"{said}, but was never routed")
    elif not taken_by:
        undelivered = (list(results), results.delivered) == ([Ok(None)], False)
        ledger.note(undelivered, f"{said}, but went to nobody")
    elif results.keys != [one.key for one in taken_by]:
        ledger.note(False, f"{said}, but went to {taken_by}")
    else:
        for collector, result in zip(taken_by, results, strict=True):
            run = ledger.runs.get((event.payload.value, collector), [None])[0]
            fault = misfit(result, run, collector, event, ledger)
            ledger.note(fault is None, f"{said}: {collector!r} {fault}")


def misfit(
    result: Result, run: Run | None, collector: Collector, event: CollectorEvent, ledger: Ledger
) -> str | None:
    """What is wrong with a result, given what the processor did."""
    ended, timeout = event.finished_at, collector.timeout
    assert ended is not None
    if run is None:
        return None if is_cut(result) and ledger.may_come_late(collector) else "was never asked"
    if is_cut(result):
        stopped = isinstance(run.raised, asyncio.CancelledError)
        return None if stopped or run.ended is None or run.ended >= ended else "had ended"
    if run.ended is None or run.ended > ended:
        return "had not ended"
    took = run.ended - run.began
    exception = result.exception if isinstance(result, Error) else None
    if isinstance(exception, TimeoutError):
        return None if timeout is not None and took >= timeout - 1e-9 else "was not late"
    if run.raised is not None:
        own = not isinstance(run.raised, asyncio.CancelledError) or (
            run.doing.then in CANCELS_ITSELF
        )
        return None if exception is run.raised and own else f"raised {run.raised!r}"
    if timeout is not None and took > timeout + 1e-9:
        return "was late"
    given = run.returned
    expected = given if isinstance(given, Ok | Error) else Ok(given)
    return None if result == expected else f"returned {given}"
