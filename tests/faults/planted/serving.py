"""Faults in what answers requests: who is told what, and what becomes of callers at the end."""

from tests.faults.fault import Fault
from tests.notebooks.course import SERVICE

FAULTS = (
    Fault(
        "a full queue accepts requests, and lets them wait",
        "endpoint:Endpoint._accept",
        find="return self._publisher.send_nowait(payload)",
        put="return self._publisher.send(payload).event",
        tests="http_endpoint",
        notebook=SERVICE,
    ),
    Fault(
        "callers of a full queue are not told when to come again",
        "endpoint:Endpoint._refused",
        find='[(b"retry-after", after)]',
        put="[]",
        tests="http_endpoint",
        notebook=SERVICE,
    ),
    Fault(
        "a processor does not see the id of its request",
        "endpoint:Endpoint.__call__",
        find="request_id.set(known)",
        put='request_id.set("")',
        tests="http_endpoint",
        notebook=SERVICE,
    ),
    Fault(
        "callers in flight are cut off when the service ends",
        "listening:_end",
        find="await asyncio.shield(serving)",
        put='raise asyncio.CancelledError("at once")',
        tests="http_listening",
        notebook=SERVICE,
    ),
    Fault(
        "a failed collector is told as success",
        "endpoint:Endpoint._answer",
        find="if not failed:",
        put="if values or not failed:",
        tests="http_endpoint",
    ),
    Fault(
        "what is not JSON is not told where",
        "answers:value_of",
        find='f"line {exc.lineno}, column {exc.colno}: {exc.msg}"',
        put="exc.msg",
        tests="http_endpoint",
        notebook=SERVICE,
    ),
    Fault(
        "callers are told what an exception of the service says",
        "endpoint:Endpoint._answer",
        find="name: type(each).__name__",
        put="name: describe(each)",
        tests="http_endpoint",
        notebook=SERVICE,
    ),
    Fault(
        "a caller who has left is waited for",
        "answers:unless_gone",
        find="return_when=asyncio.FIRST_COMPLETED",
        put="return_when=asyncio.ALL_COMPLETED",
        tests="http_promises",
    ),
    Fault(
        "what a shutdown has cut off is told as a failure",
        "endpoint:Endpoint._answer",
        find="if ended and any(isinstance(each, QueueClosedError) for each in failed.values()):",
        put="if False:",
        tests="http_listening",
    ),
    Fault(
        "what was not accepted is told as not known when the time is over",
        "endpoint:Endpoint.__call__",
        find='late = self._refused("the service ends")',
        put="late = _cut_off()",
        tests="http_listening",
    ),
    Fault(
        "a body may have any size",
        "answers:body_of",
        find="if len(body) > at_most:",
        put="if False:",
        tests="http_endpoint",
    ),
    Fault(
        "the server takes the service's signals",
        "listening:_server",
        find="def capture_signals(self)",
        put="def captures(self)",
        tests="http_listening",
    ),
    Fault(
        "an app that cannot start ends the process",
        "listening:_serve",
        find="with suppress(SystemExit):",
        put="with suppress():",
        tests="http_listening",
    ),
)
