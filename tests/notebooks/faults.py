"""The faults that the notebooks must notice, each with the notebook whose subject it spoils."""

from tests.mutants.trial import Fault

FIRST, CONTEXT, RUNNING = "00_first_collector", "01_context_and_lifecycle", "02_running_a_queue"
WHO, ORDER, CONSUMERS = "03_who_gets_it", "04_queue_order", "05_competing_consumers"
RESULTS, ROUTERS, LOAD = "06_results_and_errors", "07_custom_routers", "08_load_and_littles_law"

COURSE = (FIRST, CONTEXT, RUNNING, WHO, ORDER, CONSUMERS, RESULTS, ROUTERS, LOAD)
"""The notebooks of the course, in order."""

_BASICS = (
    Fault(
        "get_result gives an empty list before the event is done",
        "event.py",
        '"""The results, or None until all are in. Never waits."""\n        return self._results',
        '"""The results."""\n        return self._results or ResultList.undelivered()',
        FIRST,
    ),
    Fault(
        "waiting for an event ends before it is done",
        "event.py",
        "            await self._consumers.wait_for(self)\n",
        "            return ResultList.undelivered()\n",
        FIRST,
    ),
    Fault(
        "what a processor returns is lost",
        "_core/consumer.py",
        "results.append(value)",
        "results.append(Ok(None))",
        FIRST,
    ),
    Fault(
        "a lifecycle is never entered",
        "_core/lifecycles.py",
        "        if self.collector.lifecycle is None:\n            return\n        loop",
        "        return\n        loop",
        CONTEXT,
    ),
    Fault(
        "a lifecycle is entered anew for every payload",
        "collector.py",
        "self._run: _Run = processor if free else self._guarded  # type: ignore[assignment]",
        "self._run: _Run = processor\n"
        "        if lifecycle is not None:\n"
        "            async def run(payload: Any, ctx: Any) -> Any:\n"
        "                async with lifecycle(ctx):\n"
        "                    return await processor(payload, ctx)\n"
        "            self._run = run",
        CONTEXT,
    ),
    Fault(
        "lifecycles are never left",
        "_core/membership.py",
        "await lifecycle.leave()",
        "pass",
        CONTEXT,
    ),
    Fault(
        "lifecycles are left in the order of entering",
        "_core/membership.py",
        "next(reversed(self._open))",
        "next(iter(self._open))",
        CONTEXT,
    ),
    Fault(
        "lifecycles that were entered stay open when a start fails",
        "_core/membership.py",
        "for error in await self._leave_all():",
        "for error in []:",
        CONTEXT,
    ),
    Fault(
        "collectors share one context",
        "collector.py",
        "self._ctx = Context() if ctx is None else ctx",
        'self._ctx = ctx = globals().setdefault("_shared", ctx or Context())',
        CONTEXT,
    ),
    Fault(
        "the end of 'async with' does not shut the queue down",
        "queue.py",
        "    ) -> None:\n        await self.shut_down_queue()",
        "    ) -> None:\n        pass",
        RUNNING,
    ),
    Fault(
        "a shutdown drops what is queued",
        "_core/shutdown.py",
        "async with asyncio.timeout(timeout):",
        "async with asyncio.timeout(0):",
        RUNNING,
    ),
    Fault(
        "a queue that is shut down accepts payloads",
        "_core/lifespan.py",
        "self._consumers.open_to = CLOSED",
        "pass",
        RUNNING,
    ),
    Fault(
        "a forced shutdown leaves what is queued undone",
        "_core/shutdown.py",
        "consumers.finish(event, ResultList([Error(cut_off)]), consumers.time())",
        "pass",
        RUNNING,
    ),
    Fault(
        "a forced shutdown waits for the processors instead of cancelling them",
        "_core/shutdown.py",
        "        consumer.cancel()",
        "        pass",
        RUNNING,
    ),
    Fault(
        "a queue cannot be started again",
        "_core/lifespan.py",
        "            if self.state is State.RUNNING:\n                return\n            before",
        "            if self.state is not State.NEW:\n                return\n            before",
        RUNNING,
    ),
)

_ADDRESS = (
    Fault(
        "a broadcast reaches the first collector only",
        "router.py",
        "return self.collectors._everyone or self.collectors.everyone()",
        "return self.collectors.everyone()[:1]",
        WHO,
    ),
    Fault(
        "of several keys only the first one counts",
        "roster.py",
        "for key in keys if key in by_key]",
        "for key in keys[:1] if key in by_key]",
        WHO,
    ),
    Fault(
        "a collector that listens to two of the topics gets the payload twice",
        "roster.py",
        "tuple(dict.fromkeys(collector for _, collector in places))",
        "tuple(collector for _, collector in places)",
        WHO,
    ),
    Fault(
        "a payload that nobody gets gives an Error",
        "_core/consumer.py",
        "return ResultList.undelivered()",
        "raise LookupError('nobody')",
        WHO,
    ),
    Fault(
        "explain says that everyone gets the payload",
        "router.py",
        "collector.key in chosen,",
        "True,",
        WHO,
    ),
    Fault(
        "a router of one's own is ignored",
        "queue.py",
        "make_router(router, self.collectors)",
        "make_router(SimpleRouter, self.collectors)",
        ROUTERS,
    ),
    Fault(
        "what a router's own route says is ignored",
        "_core/queued.py",
        "    return router.route if",
        "    return SimpleRouter.route.__get__(router) if",
        ROUTERS,
    ),
    Fault(
        "a payload that a router of one's own gives to nobody is an Error",
        "_core/consumer.py",
        "results.keys or None) or ResultList.undelivered()",
        "results.keys or None) if results.delivered else 1 / 0",
        ROUTERS,
    ),
    Fault(
        "a router's dispatch leaves the last collector out",
        "router.py",
        "chosen = tuple(collectors)",
        "chosen = tuple(collectors)\n        chosen = chosen[:-1] or chosen",
        ROUTERS,
    ),
)

_TURNS = (
    Fault("FIFO gives the newest first", "_core/buffer.py", "deque.popleft", "deque.pop", ORDER),
    Fault(
        "LIFO gives the oldest first",
        "_core/buffer.py",
        "    push = list.append",
        "    push = list.append\n\n    def pop(self):\n        return list.pop(self, 0)",
        ORDER,
    ),
    Fault(
        "the least urgent is taken first",
        "_core/buffer.py",
        "return priority, event.id",
        "return -priority, event.id",
        ORDER,
    ),
    Fault(
        "equally urgent events are taken in no order",
        "_core/buffer.py",
        "return priority, event.id",
        "return priority, event.id ^ 5",
        ORDER,
    ),
    Fault(
        "default_priority is ignored",
        "_core/buffer.py",
        "return _Priority(default_priority)",
        "return _Priority(1000)",
        ORDER,
    ),
    Fault(
        "max_consumers is ignored",
        "_core/consumers.py",
        "while len(active) < most and self.queued.has_more():",
        "while self.queued.has_more():",
        CONSUMERS,
    ),
    Fault(
        "one event more than max_consumers is in service",
        "_core/consumers.py",
        "while len(active) < most and",
        "while len(active) <= most and",
        CONSUMERS,
    ),
    Fault(
        "there is never more than one consumer",
        "_core/consumers.py",
        "active, free, most, pace = self.active, self.free, self.limits[1], self.watch",
        "active, free, most, pace = self.active, self.free, 1, self.watch",
        CONSUMERS,
    ),
    Fault(
        "the wait time goes on until the event is done",
        "event.py",
        "None if self.taken_at is None else self.taken_at - self.accepted_at",
        "None if self.finished_at is None else self.finished_at - self.accepted_at",
        LOAD,
    ),
    Fault(
        "the service time begins when the event is sent",
        "event.py",
        "return self.finished_at - self.taken_at",
        "return self.finished_at - self.accepted_at",
        LOAD,
    ),
    Fault(
        "the utilisation forgets how many consumers there are",
        "metrics.py",
        "busy * high",
        "busy",
        LOAD,
    ),
    Fault(
        "the mean number in the system counts the queued events only",
        "metrics.py",
        "throughput * mean_response,",
        "throughput * _per(sum(waits), n),",
        LOAD,
    ),
)

_OUTCOMES = (
    Fault(
        "results come in no order",
        "_core/dispatch.py",
        "return ResultList._of(results, self.keys)  # type: ignore[arg-type]",
        "return ResultList._of(results[::-1], self.keys[::-1])  # type: ignore[arg-type]",
        RESULTS,
    ),
    Fault(
        "results are named after the wrong collector",
        "_core/dispatch.py",
        "return ResultList._of(results, self.keys)  # type: ignore[arg-type]",
        "return ResultList._of(results, self.keys[::-1])  # type: ignore[arg-type]",
        RESULTS,
    ),
    Fault(
        "an exception ends the consumer, and its event is never done",
        "_core/consumer.py",
        "                    results = self._raised(exc)",
        "                    self.event = None\n                    raise",
        RESULTS,
    ),
    Fault(
        "a collector that raises keeps the others from the payload",
        "_core/dispatch.py",
        "            except BaseException as exc:",
        "            except CancelledError as exc:",
        RESULTS,
    ),
    Fault(
        "an Error that a processor returns is taken for a success",
        "collector.py",
        "return value if isinstance(value, Ok | Error) else Ok(value)",
        "return value if isinstance(value, Ok) else Ok(value)",
        RESULTS,
    ),
    Fault(
        "an event that nobody waits for is not processed",
        "_core/consumers.py",
        "if not self._scheduled and len(self.active) < self.limits[1]:",
        "if False:",
        RESULTS,
    ),
)

FAULTS = (*_BASICS, *_ADDRESS, *_TURNS, *_OUTCOMES)
