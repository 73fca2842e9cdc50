"""Faults in what an animation is told: a picture, a file or a count would say what is not so."""

from functools import partial

from tests.faults.fault import WIDGETS, Fault

_Fault = partial(Fault, of=WIDGETS.name)

FAULTS = (
    # The trace and its JSON
    _Fault(
        "a file without values has what a payload said",
        "motion.trace:Trace.without_values",
        find='text=f"payload {event.id}",',
        put="",
        tests="trace",
    ),
    _Fault(
        "a file without values has what an exception said",
        "motion.trace:Trace.without_values",
        find='one.text.partition(":")[0]',
        put="one.text",
        tests="trace",
    ),
    _Fault(
        "a trace of a later version is read as if it were known",
        "motion.format:read",
        find='if said.get("version") not in (ROWS, VERSION):',
        put="if False:",
        tests="format",
    ),
    _Fault(
        "who was cut off without being taken comes back as not done",
        "columns:packed",
        find="responded if None in (responded, waited) else responded - waited",
        put="None if None in (responded, waited) else responded - waited",
        tests="format",
    ),
    # What a live page is told
    _Fault(
        "a page sees a later thing before an earlier one",
        "feed:until",
        find="(event.finished or 0) <= horizon >= (event.taken or 0)",
        put="True",
        tests="live",
    ),
    _Fault(
        "of a burst each payload is told of, however many wait",
        "feed:Feed._chosen",
        find="(late or len(fresh) > MOST or not room)",
        put="False",
        tests="live_many",
    ),
    _Fault(
        "what is not told one by one is not counted either",
        "feed:Feed.batch",
        find="if self._left_out and not self._fresh:",
        put="if False:",
        tests="live_many",
    ),
    _Fault(
        "what was before the page was opened is left out of the counts",
        "feed:Feed._look",
        find="self._left_out = accepted > min(len(new), BEFORE)",
        put="self._left_out = False",
        tests="live_many",
    ),
    _Fault(
        "a pause is not told in the trace",
        "feed:Feed.note",
        find='self.changes.note("; ".join(words))',
        put='self.changes.note("")',
        tests="live",
    ),
    _Fault(
        "what is told of payloads is counted once more",
        "counting:Counts.rest",
        find="self._told.update(more)",
        put="pass",
        tests="live_many",
    ),
    _Fault(
        "a page that begins anew has the counts of before",
        "counting:Counts.again",
        find="self._told.clear()",
        put="pass",
        tests="live_many",
    ),
    _Fault(
        "what a replaced collector gave is counted as nothing",
        "event_collector_widgets.given:Given._meet",
        find="if giver.over:",
        put="if number not in present:",
        tests="given",
    ),
    _Fault(
        "a replaced collector is kept for as long as a queue is looked at",
        "event_collector_widgets.given:Given._meet",
        find="if giver.over:",
        put="if False:",
        tests="given",
    ),
    # Faults on purpose
    _Fault(
        "what hangs on purpose hangs on when the fault is cleared",
        "event_collector_widgets.faults:Faults._stop",
        find="before.cleared.set()",
        put="pass",
        tests="faults",
    ),
    _Fault(
        "a fault on purpose strikes payloads whatever the probability",
        "event_collector_widgets.faults:_Running.around",
        find="self._chance.random() < fault.probability",
        put="True",
        tests="faults",
    ),
    _Fault(
        "another seed gives the same faults on purpose",
        "event_collector_widgets.faults:_Running.__init__",
        find="Random(fault.seed)",
        put="Random(0)",
        tests="faults",
    ),
    # The picture of several queues
    _Fault(
        "the payload that came last is drawn as the next one",
        "strips:_queued",
        find="waiting = [*one.moment.buffer, *one.moment.parked]",
        put="waiting = [*one.moment.buffer, *one.moment.parked][::-1]",
        tests="strips",
    ),
    _Fault(
        "those that do not fit are not counted",
        "strips:_queued",
        find='parts.append(_text(right, y + 17, f"{left:,} more", anchor="end"))',
        put="pass",
        tests="strips",
    ),
    _Fault(
        "one that fell out is not seen",
        "strips:_given",
        find="    if fell:",
        put="    if False:",
        tests="strips",
    ),
    _Fault(
        "a priority is told where it does not count",
        "strips:_priority",
        find='and one.trace.queue.order == "PRIORITY"',
        put="",
        tests="strips",
    ),
)
