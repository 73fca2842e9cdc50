"""Faults in the panels and the models under them: a panel would say, or do, what is not so."""

from functools import partial

from tests.faults.fault import WIDGETS, Fault

_Fault = partial(Fault, of=WIDGETS.name)

FAULTS = (
    # Results: the filter and the search
    _Fault(
        "a filter for one collector lets the results of all through",
        "selection:Selection._rows",
        find="(collector is None or key == collector)",
        put="True",
        tests="selection",
    ),
    _Fault(
        "a text is not found in what a processor gave",
        "searching:Wanted._in_result",
        find="wanted in _text(value)",
        put="False",
        tests="selection",
    ),
    _Fault(
        "the number of an event finds those that have it as a part",
        "searching:Wanted.__init__",
        find="_NUMBER.fullmatch(words)",
        put="_NUMBER.search(words)",
        tests="searching matches",
    ),
    _Fault(
        "who types on loses matches of which not all was looked at",
        "matches:Matches.narrowed",
        find="made._newest, made._gone, made._unseen = self._newest, self._gone, self._unseen",
        put="made._newest, made._gone = self._newest, self._gone",
        tests="matches",
    ),
    _Fault(
        "an event that is done later stays among those in service",
        "matches:Matches._find_changed",
        find="self._again += done",
        put="pass",
        tests="matches",
    ),
    # Results: what is in sight, and how much of it
    _Fault(
        "a count that goes on is told as if it were exact",
        "window:Window._of_how_many",
        find="if not matches.complete:",
        put="if False:",
        tests="looking",
    ),
    _Fault(
        "rows that match no more leave a frozen window",
        "window:Window.look",
        find="if not self._held:",
        put="if True:",
        tests="window",
    ),
    _Fault(
        "a long payload is cut without a word",
        "written:shortened",
        find='f"{most:,} of {len(text):,} characters"',
        put='""',
        tests="written detail",
    ),
    # Results: resending
    _Fault(
        "what did not fail is sent again to all",
        "again:payload_for",
        find="if not (keys := _there(event, collectors)):",
        put="if failed(event) is None:\n        return again(event.payload)\n"
        "    if not (keys := _there(event, collectors)):",
        tests="again resends_asked",
    ),
    _Fault(
        "what was resent is resent once more",
        "resends:Resends.plan",
        find="if event not in bench.resent]",
        put="]",
        tests="resends resends_asked",
    ),
    _Fault(
        "the button counts what matches, not what a click resends",
        "resends:Resends.label",
        find="found = failing if self.to_failed else matches",
        put="found = matches",
        tests="resends resends_asked",
    ),
    _Fault(
        "the code of resending sends what came later too",
        "resends:Plan.code",
        find='fits = f"event.id <= {last}"',
        put='fits = "True"',
        tests="resends resends_asked",
    ),
    _Fault(
        "a double click answers the question that it asks",
        "questions:Question.too_soon",
        find="now - self._at < DOUBLE_CLICK",
        put="False",
        tests="resends_asked collectors",
    ),
    # Send: tables
    _Fault(
        "a mistake in a table's row does not say in which",
        "tables:Addressing._payload",
        find='f"row {number}: {exc}"',
        put="str(exc)",
        tests="tables",
    ),
    _Fault(
        "a cancelled table counts the payload that waited for room as sent",
        "batch:Batch.accepted",
        find="self._given - all(event.payload is not last for event in latest)",
        put="self._given",
        tests="send_many",
    ),
    # Try out
    _Fault(
        "two errors of the same kind that say something else are taken for the same",
        "differences:_said",
        find="describe(error.exception, _LONGEST)",
        put='""',
        tests="differences",
    ),
    _Fault(
        "the differences stand below what is the same",
        "differences:in_order",
        find="CHANGES.index(row.change)",
        put="-CHANGES.index(row.change)",
        tests="trial outcomes",
    ),
    _Fault(
        "streams that were replaced since are not heard",
        "capture:Ears.heed",
        find="self.attach()",
        put="return",
        tests="capture",
    ),
    _Fault(
        "a lifecycle that is entered by a processor shows into the processor's event",
        "capture:here",
        find="if mark is None or mark.within[:1] != services[:1]:",
        put="if True:",
        tests="outputs",
    ),
    _Fault(
        "what a processor has left behind is nobody's",
        "outputs:Outputs.place_of",
        find="there.get(number) or self._kept_event(number)",
        put="there.get(number)",
        tests="outputs",
    ),
    _Fault(
        "a version that was run again since it was tried can be put in",
        "try_out.panel:TryOutPanel._stale",
        find="if now is tried or",
        put="if True or",
        tests="try_out",
    ),
    _Fault(
        "a module that comes later is still waited for when nobody wants it any more",
        "event_collector_widgets.imports:WhenImported.end",
        find="sys.meta_path.remove(self)",
        put="pass",
        tests="imports",
    ),
)
