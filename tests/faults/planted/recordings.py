"""Faults in what is recorded of a queue, in what is read of it, and in what is said to differ."""

from tests.faults.fault import Fault

FAULTS = (
    Fault(
        "a shutdown returns before the recording is written",
        "lifespan:Lifespan._has_ended",
        find="await written()",
        put="pass",
        tests="recorder",
    ),
    Fault(
        "a recording can be read by everybody",
        "recording.files:place",
        find="0o600",
        put="0o644",
        tests="files recorder",
    ),
    Fault(
        "a file that has come meanwhile is replaced without a word",
        "recording.files:place",
        find="if overwrite:",
        put="if True:",
        tests="files",
    ),
    Fault(
        "the keys of a dict become strs in a recording",
        "recording.codec:_is_json",
        find="type(key) is not str or ",
        put="",
        tests="codec",
    ),
    Fault(
        "a part of a line stays in the file where the disk was full",
        "recording.writer:Writer._write",
        find="with suppress(OSError):",
        put="if self._file < 0:",
        tests="writer",
    ),
    Fault(
        "a recording that lacks events says that it is complete",
        "recording.reader:Recording.complete",
        find="not self.lost and ",
        put="",
        tests="recorder reader",
    ),
    Fault(
        "events that are not done when the recording ends are missing in it",
        "recorder:_Hooks.stop",
        find="self.writer.end(*filter(None, lines))",
        put="self.writer.end()",
        tests="recorder",
    ),
    Fault(
        "what a processor changes in a payload is recorded changed",
        "recorder:_Hooks._line",
        find="begun + ended_of",
        put="begun_of(event, self._coding) + ended_of",
        tests="recorder",
    ),
    Fault(
        "more events wait for the writer than they may",
        "recording.writer:Writer.put",
        find=">= self._max_pending",
        put=">= 2 * self._max_pending",
        tests="recorder",
    ),
    Fault(
        "what is replayed spoils the recording",
        "replaying:_copied",
        find="copy.deepcopy(payload)",
        put="copy.copy(payload)",
        tests="replaying",
    ),
    Fault(
        "a replay sends what was sent slowly all at once",
        "replaying:_times",
        find="/ speed",
        put="* 0",
        tests="replaying",
    ),
    Fault(
        "a comparison overlooks an Error that says something else",
        "differences:_change_between",
        find="_said(a) == _said(b)",
        put="_said(a)[:2] == _said(b)[:2]",
        tests="differences",
    ),
)
