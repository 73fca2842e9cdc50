"""http: an endpoint that answers when the result is there, and what runs it in a service.

`Endpoint` is an ASGI app, and needs nothing that is installed: Starlette, FastAPI and uvicorn take
it as it is. `listen` makes an input of it, for the `main` of an exported module. It needs uvicorn,
which the extra `[services]` brings:

    from event_collector.inputs.http import listen
    from weather import main

    main(listen(port=8000))

A payload is accepted once or not at all, and what is accepted is processed once by each collector
that it reaches. This is what a caller is told of it:

| answer | was it processed? | send it again? |
|---|---|---|
| 200 | yes, and no collector failed | no: it would be processed twice |
| 400, 405, 413; 422 with "error" | no: it is not a payload, or reached no collector | when mended |
| 422 or 500 with "results" | yes, and a collector failed | to those that failed, by key |
| 500 with "error" | yes, and a result is not JSON | to those in "errors", if there are any |
| 500 without JSON | no: the service's own `to_payload` is at fault | no |
| 503, with Retry-After | no: the queue is full, or not running | yes, then |
| 504 | not known: a shutdown cut it off | if it may be processed twice |
| none | not known: the caller left, or the process was killed | if it may be processed twice |

A payload that no collector has the key of, or listens to a topic of, is accepted by the queue and
processed by nobody. `Endpoint(queue, allow_undelivered=True)` answers 200 to it, without a result,
where that is as it should be.

So who never sends again is served **at most once**, and who sends again until there is an answer is
served **at least once**. Let those send an id along, and a collector know the ids that it has seen.
A queue keeps nothing on disk: what a process that is killed had accepted is lost. A processor that
raises SystemExit ends the service, as it ends any program.
"""

from event_collector.inputs.http.answers import App
from event_collector.inputs.http.endpoint import Endpoint, request_id
from event_collector.inputs.http.listening import listen

__all__ = ["App", "Endpoint", "listen", "request_id"]
