"""Faults in the contexts that processors run in: the current event, what is carried, and wraps."""

from tests.faults.fault import Fault
from tests.notebooks.course import RESULTS

FAULTS = (
    # The current event
    Fault(
        "an event that is done is told as the current one",
        "consumers:Consumers.current_event",
        find="None if event is None or event.done else event",
        put="event",
        tests="whereabouts_late",
    ),
    Fault(
        "a processor that asks one queue for its event is told that of another queue",
        "whereabouts:event_here",
        find="while here is not None and here.watch is not watch:",
        put="while False:",
        tests="whereabouts",
    ),
    Fault(
        "the first to ask for the current event is told none for a later event of a stay",
        "consumer:Consumer.work",
        find="mark, context = marked(watch, event, consumers.outer)\n" + " " * 28 + "value =",
        put=(
            "if context is consumers.context:\n"
            + " " * 32
            + "mark, context = marked(watch, event, consumers.outer)\n"
            + "                            value ="
        ),
        tests="whereabouts_late",
    ),
    Fault(
        "a thread that asks for the current event re-plans what consumers rest on",
        "pump:Pump.in_loop",
        find="if _get_running_loop() is self.loop:",
        put="if True:",
        tests="whereabouts_late",
    ),
    Fault(
        "a task that a processor starts is told the event that was taken last",
        "_core.service:marked",
        find="mark = in_service(watch, event, outer)",
        put="mark = IN_SERVICE.get()\n    mark.event = event",
        tests="whereabouts",
    ),
    Fault(
        "a task that a processor has left behind keeps its event alive",
        "consumer:Consumer.work",
        find="mark.event = None\n                    mark = None",
        put="mark = None",
        tests="whereabouts",
    ),
    # The services
    Fault(
        "a processor's service does not know its collector",
        "consumer:Consumer.work",
        find="in_service(watch, event, consumers.outer, collector._keys)",
        put="in_service(watch, event, consumers.outer)",
        tests="service",
    ),
    Fault(
        "what waits for a processor's end is not called where one collector gets the payload",
        "consumer:Consumer.work",
        find="if not mark.at_end:",
        put="if True:",
        tests="service",
    ),
    Fault(
        "what waits for a processor's end is not called where several get the payload",
        "attendance:Attendance.serve",
        find="mark.end(context) or struck",
        put="struck",
        tests="service",
    ),
    Fault(
        "what was to be called at a processor's end is called again by who ends later",
        "_core.service:InService.end",
        find="left, self.at_end = iter(self.at_end or ()), ()",
        put="left = iter(self.at_end or ())",
        tests="service",
    ),
    # The sender's context
    Fault(
        "a processor runs in the queue's context though the sender's is to be carried",
        "consumers:Consumers.accept",
        find="contextvars.copy_context()",
        put="self.context.copy()",
        tests="carry_context",
    ),
    Fault(
        "the carried context is not copied for each collector",
        "attendance:Attendance.serve",
        find="context = within.copy()",
        put="context = within if self.carries else within.copy()",
        tests="carry_context",
    ),
    Fault(
        "a context variable that a processor sets is seen by all later ones that are attended",
        "attendance:Attendance.serve",
        find="context = within.copy()",
        put="context = within.copy() if self.carries else within",
        tests="carry_context instrument",
    ),
    Fault(
        "the carried context is kept when the event is done",
        "attendance:Attendance.forget",
        find="event._context = None",
        put="pass",
        tests="carry_context",
    ),
    Fault(
        "an Error that went through a custom router's dispatch keeps the carried context",
        "dispatch:Dispatch.run",
        find="self._context, self.within = contextvars.Context(), None",
        put="pass",
        tests="freed",
    ),
    Fault(
        "an Error that went through a dispatch keeps the carried context by its walk",
        "dispatch:Dispatch.walk",
        find="del context, task, cancelling",
        put="pass",
        tests="freed",
    ),
    Fault(
        "a processor that has waited goes on in another context than it began in",
        "watch:watched",
        find="waits_for = send(sent)",
        put="waits_for = steps.send(sent)",
        tests="carry_context",
    ),
    Fault(
        "a processor that is cancelled goes on in another context than it began in",
        "watch:watched",
        find="run(steps.throw, _without_this_frame(exc))",
        put="steps.throw(_without_this_frame(exc))",
        tests="carry_context",
    ),
    Fault(
        "a router that only chooses does not run in the sender's context",
        "queued:Queued._choose",
        find="self._attendance.context_of(event).run(self.route, event.payload)",
        put="self.route(event.payload)",
        tests="carry_context",
    ),
    Fault(
        "a router that handles events does not run in the sender's context",
        "serving:Serving._serve",
        find="watched(run, self, attendance.context_of(self.event))",
        put="watched(run, self)",
        tests="carry_context",
    ),
    Fault(
        "the context of a thread that sends is not carried",
        "outside:Call.make",
        find="self._in_loop(for_room=for_room)",
        put="self._in_loop(for_room=for_room), context=consumers.context",
        tests="carry_context",
    ),
    # Wraps
    Fault(
        "what wraps a processor ignores its timeout and its places",
        "attendance:Attendance.serve",
        find="collector._attended(payload, collector._ctx, begin)",
        put="begin(payload, collector._ctx)",
        tests="wrap",
    ),
    Fault(
        "what wraps a processor cannot be taken back",
        "attendance:Attendance.wrap.unwrap",
        find=" if each is not own",
        put="",
        tests="wrap",
        notebook=RESULTS,
    ),
    Fault(
        "to take back one wrap takes back all of its collector",
        "attendance:Attendance.wrap.unwrap",
        find="self.wraps[key] = left",
        put="pass",
        tests="wrap",
    ),
    Fault(
        "the first wrap of a processor is the outermost",
        "attendance:Attendance.around",
        find="self.wraps.get(collector.key, ())",
        put="reversed(self.wraps.get(collector.key, ()))",
        tests="wrap",
    ),
    Fault(
        "a wrap is heeded only if something else is wanted too",
        "attendance:Attendance.count",
        find="self.wraps or ",
        put="",
        tests="wrap",
    ),
    Fault(
        "a wrap is lost when the collector is replaced",
        "membership:Membership.replace",
        find='self._check_waits("replace", old)',
        put="self._consumers.attendance.wraps.pop(collector.key, None)",
        tests="wrap",
    ),
    Fault(
        "what a wrapped processor gives is not counted",
        "attendance:Attendance.serve",
        find="result = collector._returned(value)",
        put="result = value",
        tests="wrap",
    ),
)
