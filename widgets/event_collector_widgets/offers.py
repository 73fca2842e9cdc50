"""Offers: what a workbench answers when a panel or a person asks, without changing anything."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, overload

from event_collector import (
    Collector,
    CollectorEvent,
    CollectorQueue,
    Delivery,
    Explanation,
    History,
    LifecycleManager,
    Payload,
    Processor,
    SimpleRouter,
    UnknownCollectorError,
)
from event_collector_widgets import namespace
from event_collector_widgets.kernel import is_app, shell
from event_collector_widgets.output import Output, Outputs
from event_collector_widgets.resent import Resent
from event_collector_widgets.selection import Selection
from event_collector_widgets.trial import TrialOptions, TryOut

if TYPE_CHECKING:
    import pandas as pd


class Offers:
    """For a Workbench: the notebook's variables, who would get a payload, output, trials."""

    name: str
    queue: CollectorQueue
    history: History
    resent: Resent
    _namespace: Mapping[str, Any] | None
    _outputs: Outputs

    @property
    def namespace(self) -> Mapping[str, Any]:
        """The variables that the panels offer: those of the notebook, unless given.

        As an app in Voila, whose visitors may be anybody, none: only the gallery is offered.
        """
        if self._namespace is not None:
            return self._namespace
        here = shell()
        return {} if here is None or is_app() else here.user_ns

    @property
    def withheld(self) -> bool:
        """Whether the notebook's variables are kept from those who use the panels, as in an app."""
        return self._namespace is None and is_app()

    @property
    def variable(self) -> str | None:
        """The notebook's name for the workbench; None if another thing has its name now."""
        mine = namespace.variables_of(self, self.namespace)
        return mine[0] if mine else None if "bench" in self.namespace else "bench"

    @property
    def heading(self) -> str:
        """Its name; and where code calls it otherwise, how: "city (in the variable bench)"."""
        mine = namespace.variables_of(self, self.namespace)
        if not mine or self.name in mine:
            return self.name
        return f"{self.name} (in the variable {mine[0]})"

    def processors(self) -> dict[str, Processor]:
        """The async functions of a payload and a context in the namespace, by name, sorted."""
        return namespace.processors(self.namespace)

    def lifecycles(self) -> dict[str, LifecycleManager]:
        """The functions under `@asynccontextmanager` in the namespace, by name, sorted."""
        return namespace.lifecycles(self.namespace)

    def values(self) -> dict[str, Any]:
        """The values in the namespace that could be sent, by name, sorted."""
        return namespace.values(self.namespace)

    def explain(self, payload: Payload[Any]) -> list[Explanation] | None:
        """For every collector, in order: would it get this payload, and why. Sends nothing.

        None where a custom router decides, which cannot be asked beforehand.
        """
        router = self.queue.router
        if isinstance(router, SimpleRouter) and router.only_chooses:
            return router.explain(payload)
        return None

    @overload
    def output(self, what: CollectorEvent) -> dict[str, Output]: ...
    @overload
    def output(self, what: Collector) -> Output: ...
    def output(self, what: CollectorEvent | Collector) -> dict[str, Output] | Output:
        """What was printed, logged, warned, displayed and plotted, as far as it is now.

        Of an event in the history, by the key of each collector that has shown something, in the
        order in which they began to; of a collector, what its lifecycle has shown. What the threads
        of `asyncio.to_thread` print counts, what other processes and C libraries print does not.

        Raises:
            TypeError: It is neither an event nor a collector.
        """
        return self._outputs.of(what)

    def select(
        self,
        *,
        collector: str | None = None,
        status: str | None = None,
        delivery: Delivery | str | None = None,
        since: float | None = None,
        text: str = "",
    ) -> list[CollectorEvent]:
        """The events of the history that fit all that is given, the oldest first.

        Args:
            collector: The key of a collector that gave a result.
            status: "queued", "in service", "Ok", "Error" or "undelivered"; with a `collector`,
                of that collector's result.
            delivery: "broadcast", "key" or "topic", or a Delivery.
            since: Accepted at this time or later, in seconds of the loop's clock.
            text: In the payload, its keys and topics, the results and the errors, upper and lower
                case alike; or what the panels say of the event: see `Selection`.

        Raises:
            TypeError, ValueError: As from `Selection`.
        """
        if isinstance(delivery, str):
            if delivery not in {mode.value for mode in Delivery}:
                modes = "'broadcast', 'key' or 'topic'"
                raise ValueError(f"delivery must be {modes}, got {delivery!r}")
            delivery = Delivery(delivery)
        wanted = Selection(collector, status, delivery, since, text)
        told = self.resent.told
        return [event for event in self.history if wanted.matches(event, resent=told)]

    def trial(
        self, processor: Processor, *, key: str, on: Any = None, **options: Unpack[TrialOptions]
    ) -> TryOut:
        """Another version of a collector's processor, to be tried beside the queue by its `run`.

        Args:
            processor: The other version.
            key: The collector's key.
            on: What to try it on, the history unless given: see `TryOut`.
            options: `ctx`, `lifecycle`, `concurrency` and `on_progress` of `TryOut`.

        Raises:
            UnknownCollectorError: No collector has that key.
            TypeError, ValueError: As from `TryOut`.
        """
        if key not in self.queue.collectors:
            raise UnknownCollectorError(key, list(self.queue.collectors))
        on = self.history if on is None else on
        return TryOut(self.queue.collectors[key], processor, on, history=self.history, **options)

    async def try_out(
        self, processor: Processor, *, key: str, on: Any = None, **options: Unpack[TrialOptions]
    ) -> "pd.DataFrame":
        """Try another version of a processor; return what differs: see `trial`, `TryOut.frame`."""
        return (await self.trial(processor, key=key, on=on, **options).run()).frame()
