"""Faults in what instruments are told, when, and where; and in who holds what is told."""

from tests.faults.fault import Fault

FAULTS = (
    # That an event is done
    Fault(
        "an instrument is told again that an event is done that a shutdown has given up",
        "consumers:Consumers.finish",
        find="return  # a forced shutdown did not wait for it",
        put="return self.hooks.tell_of(self.hooks.finished, event)",
        tests="instrument shutdown",
    ),
    Fault(
        "an instrument is not told of the end of events that are cut off",
        "consumers:Consumers.finish",
        find="if self.hooks.finished:",
        put="if self.hooks.finished and self.cut_off is None:",
        tests="instrument shutdown",
    ),
    Fault(
        "an instrument is not told of the end of events that an ended loop has left behind",
        "consumers:Consumers.finish",
        find="if self.hooks.finished:",
        put="if self.hooks.finished and not self.loop.is_closed():",
        tests="instrument lifespan",
    ),
    Fault(
        "an instrument is told that an event is done before its results are there",
        "consumers:Consumers.finish",
        find="self.hooks.tell_of(self.hooks.finished, event)",
        put=(
            "event._results = None\n"
            "                self.hooks.tell_of(self.hooks.finished, event)\n"
            "                event._results = results"
        ),
        tests="instrument",
    ),
    # What happens on the way
    Fault(
        "an instrument is not told that an event is taken",
        "attendance:Attendance.count",
        find="hooks.taken or ",
        put="",
        tests="instrument",
    ),
    Fault(
        "an instrument is told that a processor begins outside of the processor's context",
        "attendance:_Beginning.__call__",
        find="hooks.tell_of(",
        put="contextvars.copy_context().run(hooks.tell_of, ",
        tests="instrument",
    ),
    Fault(
        "an instrument is told that a processor has ended outside of the processor's context",
        "attendance:Attendance.serve",
        find="context.run(begin.end, result)",
        put="begin.end(result)",
        tests="instrument",
    ),
    Fault(
        "an instrument is told of the end of a processor that never began",
        "attendance:_Beginning.end",
        find="event is not None and self._begun",
        put="event is not None",
        tests="instrument",
    ),
    Fault(
        "an instrument is not told that collectors have changed",
        "consumers:Consumers.collectors_changed",
        find="self.hooks.tell(self.hooks.collectors_changed)",
        put="pass",
        tests="instrument_hooks membership",
    ),
    Fault(
        "an interrupt that an instrument has handled is raised all the same",
        "pump:Pump.raise_interrupt",
        find="if not self.hooks.tell(self.hooks.interrupted, interrupt):",
        put="if self.hooks.tell(self.hooks.interrupted, interrupt) or True:",
        tests="instrument_interrupts interrupts",
    ),
    Fault(
        "an interrupt is lost in a hook that raises when it is told of it",
        "hooks:Hooks.tell",
        find="heard = False",
        put="heard = bool(hooks)",
        tests="instrument_interrupts",
    ),
    Fault(
        "an instrument is not told of a turn of the loop",
        "pump:Pump.turned",
        find="if self.hooks.loop_turn:",
        put="if False:",
        tests="instrument_hooks",
    ),
    Fault(
        "an instrument is not told of turns in which consumers went on after a wait",
        "consumer:Consumer.work",
        find="attendance.hooks.loop_turn and queued.has_more()",
        put="False",
        tests="instrument_hooks",
    ),
    # Who is told
    Fault(
        "an instrument is told of events that were there before it",
        "consumers:Consumers.add_instrument",
        find="self.tally.accepted",
        put="0",
        tests="instrument_hooks",
    ),
    Fault(
        "an instrument that was removed is told more",
        "hooks:Hooks.remove",
        find="hook.told is not told",
        put="True",
        tests="instrument_hooks history",
    ),
    Fault(
        "an instrument that is removed in a hook never hears of the end of the hook's event",
        "hooks:Hooks.remove",
        find="if event is None or event.id <= told.since:",
        put="if True:",
        tests="instrument_hooks",
    ),
    Fault(
        "an instrument that is removed in a hook slows its queue down for ever",
        "hooks:Hooks._forget",
        find="hook.told.until != event.id",
        put="hook.told.until > 0",
        tests="instrument_hooks",
    ),
    Fault(
        "an instrument that is removed when a processor begins slows its queue down for ever",
        "consumer:Consumer.work",
        find="event._waiters or self.interrupt or attendance.outside",
        put="event._waiters or self.interrupt",
        tests="instrument_hooks",
    ),
    Fault(
        "a hook that raises takes the queue down",
        "hooks:Hooks._heed",
        find="isinstance(exc, KeyboardInterrupt | SystemExit)",
        put="True",
        tests="instrument_hooks",
    ),
    Fault(
        "a KeyboardInterrupt in a hook is swallowed",
        "hooks:Hooks._heed",
        find="isinstance(exc, KeyboardInterrupt | SystemExit)",
        put="False",
        tests="instrument_interrupts interrupts",
    ),
    Fault(
        "an instrument whose hook raised counts as one of the queue's for ever",
        "hooks:Hooks._heed",
        find="self._drop(instrument)\n",
        put="pass\n",
        tests="instrument_hooks",
    ),
    Fault(
        "an instrument whose hook raised is told again by a round that had begun before",
        "hooks:Hooks.tell_of",
        find="number <= told.until",
        put="number",
        tests="instrument_rounds",
    ),
    Fault(
        "a collector is accused of what hooks take",
        "hooks:Hooks.tell_of",
        find="watch.mark = mark + watch.time() - began",
        put="pass",
        tests="instrument_rounds",
    ),
    # Who holds what
    Fault(
        "a History is held by its queue",
        "history:History.__init__",
        find="queue.add_instrument(recorder)",
        put="recorder.history = self\n        queue.add_instrument(recorder)",
        tests="history",
    ),
    Fault(
        "an Error keeps whoever waited for its event alive, and what he holds",
        "event:CollectorEvent.wait",
        find="next(self._consumers.start_for(self))",
        put="list(self._consumers.start_for(self))",
        tests="freed",
    ),
    Fault(
        "a History that was forgotten is recorded for",
        "history:_Recorder.stop",
        find="queue.remove_instrument(self)",
        put="pass",
        tests="history",
    ),
    Fault(
        "a History that another thread has closed or forgotten is recorded for",
        "history:_Recorder.accepted",
        find="self.stop()",
        put="pass",
        tests="history",
    ),
    Fault(
        "a History that another thread has closed goes on recording",
        "history:_Recorder.stop",
        find="self._events = _nothing",
        put="pass",
        tests="history",
    ),
    # Whether somebody has asked
    Fault(
        "an event's results count as retrieved though nobody has asked",
        "event:CollectorEvent.retrieved",
        find="type(self._results) is ResultList",
        put="self._results is not None",
        tests="event_retrieved event",
    ),
    Fault(
        "to peek at results counts as retrieving them",
        "event:CollectorEvent.peek",
        find="_as_list(results, self._keys)",
        put="self._make()",
        tests="event_retrieved event",
    ),
    Fault(
        "results that somebody has waited for do not count as retrieved",
        "event:CollectorEvent.wait",
        find="return self._make()",
        put="return _as_list(self._results, self._keys)",
        tests="event_retrieved event",
    ),
    # That a queue was made
    Fault(
        "nobody is told of a new queue",
        "queue:CollectorQueue.__init__",
        find="announce(self)",
        put="pass",
        tests="new_queues",
    ),
    Fault(
        "who raises when told of a new queue keeps it from being made",
        "instrument:announce",
        find="except Exception:",
        put="except KeyError:",
        tests="new_queues",
    ),
    Fault(
        "to end one watch over new queues ends another of the same function",
        "instrument:on_new_queue",
        find="_on_new_queue.remove(told)",
        put="_on_new_queue.clear()",
        tests="new_queues",
    ),
)
