"""Faults in routing, and in the walk of a payload over several collectors."""

from tests.faults.fault import Fault
from tests.notebooks.course import RESULTS, ROUTERS, WHO

FAULTS = (
    # Deliveries
    Fault(
        "a payload with keys goes to everybody",
        "data:Payload.__init__",
        find="self.delivery = _KEY",
        put="self.delivery = _BROADCAST",
        tests="data_delivery",
        notebook=WHO,
    ),
    Fault(
        "keys that come later change the delivery",
        "data:Payload",
        find="self._keys = _assigned(keys)\n",
        put="self._keys = _assigned(keys)\n        self.delivery = _KEY\n",
        tests="data_delivery",
        notebook=WHO,
    ),
    Fault(
        "a delivery that looks at what is not given reaches nobody, and nobody says so",
        "data:_settled",
        find="if delivery is _KEY and keys is _NOT_GIVEN is not topics:",
        put="if False:",
        tests="data_delivery",
    ),
    Fault(
        "the keys of two payloads are one list",
        "data:Payload.__init__",
        find="self._keys = key",
        put="self._keys = keys",
        tests="data_delivery",
    ),
    # Routing
    Fault(
        "a broadcast reaches the first collector only",
        "router:SimpleRouter.route",
        find="self.collectors._everyone or self.collectors.everyone()",
        put="(self.collectors._everyone or self.collectors.everyone())[:1]",
        tests="router",
        notebook=WHO,
    ),
    Fault(
        "of several keys only the first one counts",
        "roster:Roster.with_keys",
        find="for key in keys if",
        put="for key in keys[:1] if",
        tests="roster router",
        notebook=WHO,
    ),
    Fault(
        "a collector that listens to two of the topics gets a payload twice",
        "roster:_in_order",
        find="dict.fromkeys(place[1] for place in places)",
        put="place[1] for place in places",
        tests="roster",
        notebook=WHO,
    ),
    Fault(
        "a payload that nobody gets counts as an error",
        "serving:Serving._serve",
        find="return Ok(None), None",
        put="raise LookupError('nobody')",
        tests="router",
        notebook=WHO,
    ),
    Fault(
        "explain says that everyone gets the payload",
        "router:SimpleRouter.explain",
        find="collector.key in chosen",
        put="True",
        tests="router",
        notebook=WHO,
    ),
    Fault(
        "explain gives the reason of a key the wrong way round",
        "router:_reason",
        find='"among" if collector.key in payload.keys else "not among"',
        put='"not among" if collector.key in payload.keys else "among"',
        tests="router",
        notebook=WHO,
    ),
    Fault(
        "a payload is routed twice",
        "queued:Queued._choose",
        find="chosen = self._attendance.context_of(event)",
        put=(
            "self.route(event.payload)\n                chosen = self._attendance.context_of(event)"
        ),
        tests="router",
    ),
    Fault(
        "a collector that came later misses the broadcasts",
        "roster:Roster._put",
        find="self._everyone = None",
        put="pass",
        tests="roster",
    ),
    Fault(
        "results come in the order of the payload's keys, not of the collectors",
        "roster:_in_order",
        find="places.sort(key=_place_number)",
        put="pass",
        tests="roster",
    ),
    Fault(
        "a replacement goes to the end of the order",
        "roster:Roster._replace",
        find="self._put((place, collector, (collector,)))",
        put="self._put((place + 1000, collector, (collector,)))",
        tests="roster",
    ),
    # Routers of one's own
    Fault(
        "a router of one's own is ignored",
        "event_collector.queue:CollectorQueue.__init__",
        find="make_router(router,",
        put="make_router(SimpleRouter,",
        tests="router consumers",
        notebook=ROUTERS,
    ),
    Fault(
        "what a router's own route says is ignored",
        "queued:route_of",
        find="router.route if",
        put="SimpleRouter.route.__get__(router) if",
        tests="router",
        notebook=ROUTERS,
    ),
    Fault(
        "a payload that a router of one's own gives to nobody is an Error",
        "router:checked",
        find="if not results:",
        put="if not results.delivered:\n        1 / 0\n    if False:",
        tests="router",
        notebook=ROUTERS,
    ),
    Fault(
        "a router's dispatch leaves the last collector out",
        "router:Router.dispatch",
        find="chosen = tuple(collectors)",
        put=("chosen = tuple(collectors)\n        chosen = chosen[:-1] or chosen"),
        tests="router consumers",
        notebook=ROUTERS,
    ),
    # Dispatch
    Fault(
        "a slot is freed before the last collector has ended",
        "serving:Serving._walk",
        find="await dispatch.rest()",
        put="pass",
        tests="dispatch consumer",
    ),
    Fault(
        "the last collector gets a payload twice",
        "serving:Serving._walk",
        find="if dispatch.next < len(dispatch.collectors):\n            dispatch.begin()",
        put="dispatch.next -= 1\n        dispatch.begin()",
        tests="dispatch",
    ),
    Fault(
        "a collector that waits keeps the next one from beginning",
        "watch:Runner.waits",
        find="self.dispatch is not None",
        put="False",
        tests="dispatch consumers",
    ),
    Fault(
        "a collector that raises keeps the others from the payload",
        "dispatch:Dispatch.walk",
        find="            now = time()\n",
        put=(
            "            if isinstance(self.results[place], Error):\n"
            "                self.next = count\n"
            "            now = time()\n"
        ),
        tests="dispatch",
        notebook=RESULTS,
    ),
    Fault(
        "an exception ends the walk over collectors",
        "dispatch:Dispatch.walk",
        find="except BaseException as exc:",
        put="except CancelledError as exc:",
        tests="dispatch",
    ),
    Fault(
        "a collector that is cancelled keeps the others from the payload",
        "dispatch:Dispatch.walk",
        find="except BaseException as exc:",
        put="except Exception as exc:",
        tests="dispatch",
    ),
    Fault(
        "a cancellation by a processor hits the next collector",
        "dispatch:Dispatch.walk",
        find="cancelling()\n                    or copy",
        put="copy",
        tests="dispatch",
    ),
    Fault(
        "a context variable that a processor sets is seen by the next collector",
        "dispatch:Dispatch.walk",
        find="or copy_context() != context",
        put="",
        tests="dispatch consumers",
    ),
    Fault(
        "a KeyboardInterrupt in one of several collectors is swallowed",
        "dispatch:Dispatch.walk",
        find="self.interrupt = exc",
        put="pass",
        tests="interrupts dispatch",
    ),
    Fault(
        "an event for many collectors keeps the loop to itself",
        "dispatch:Dispatch.walk",
        find="now >= watch.slice.end and",
        put="False and",
        tests="dispatch consumers",
    ),
)
