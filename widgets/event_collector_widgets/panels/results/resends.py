"""Resends: who gets payloads again, the question before many, and what was resent as what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Delivery, Payload
from event_collector_widgets.again import failed, payload_for, reaches
from event_collector_widgets.matches import Matches
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.results.events import counted
from event_collector_widgets.panels.results.looking import RefusedError
from event_collector_widgets.panels.results.resending import Pair, goes_as_before

FAILED, ALL = "those that failed", "all, as it was sent"
"""To whom an event that has an Error is sent again."""
MOST = 10_000
"""How many payloads are resent at once at most."""
ASKED = 10.0
"""Seconds for which a question waits for its second click."""
CLICK = "? click again"
"""The end of a question."""
KEPT = 20_000
"""Of how many events it is kept what they were resent as."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be resent, and what is left out of it."""

    pairs: Sequence[Pair]
    """The events, the oldest first, each with a new payload."""
    resent: Sequence[int]
    """The ids of the events that are left out because they were resent already."""
    gone: int
    """How many are left out because no collector that failed is there any more."""
    by_key: int
    """How many go only to those that failed."""

    @property
    def question(self) -> str:
        """What is asked before: "resend 4 payloads (5 were resent already)? click again"."""
        told = f" ({self.left})" if self.left else ""
        return f"resend {counted(len(self.pairs), 'payload')}{told}{CLICK}"

    @property
    def left(self) -> str:
        """How many are left out, and why; empty: none."""
        told = []
        if resent := len(self.resent):
            told.append(f"{resent:,} {'was' if resent == 1 else 'were'} resent already")
        if self.gone:
            told.append(f"{self.gone:,} failed in collectors that are gone")
        return ", ".join(told)

    def account(self, account: str) -> str:
        """What came of it, and to whom it was sent: "4 sent again to those that failed: 4 Ok"."""
        where = ""
        if self.by_key:
            some = self.by_key < len(self.pairs)
            where = f", {self.by_key:,} of them {_TO}" if some else f" {_TO}"
        return account.replace(" sent", f" sent again{where}", 1)

    def code(self, selected: str, bench: str) -> str:
        """Code that sends the same again.

        Args:
            selected: Code of the list of events that match.
            bench: What the notebook calls the workbench.
        """
        last = self.pairs[-1][0].id
        fits = f"event.id <= {last}"
        if skipped := [str(number) for number in self.resent if number < last]:
            fits += f" and event.id not in {{{', '.join(skipped)}}}"
        if not self.by_key and not self.gone:
            payloads = f"event.payload for event in {selected} if {fits}"
            return f"await {bench}.send_all([{payloads}])"
        return (
            f"events = [event for event in {selected} if {fits}]\n"
            f"await {bench}.send_all({bench}.to_failed(events))"
        )


type Used = tuple[type, ...]

_TO = f"to {FAILED}"


def code_of_one(old: CollectorEvent, payload: Payload[Any], bench: str) -> tuple[str, Used]:
    """Code that sends the payload of one event again, as `payload` says, and what it imports."""
    code = f"[event] = [event for event in {bench}.history if event.id == {old.id}]\n"
    if goes_as_before(old, payload):
        return f"{code}await {bench}.send(event.payload)", ()
    parts = [f"event.payload.value, {payload.delivery!r}, keys={payload.keys!r}"]
    if payload.topics:
        parts.append("topics=event.payload.topics")
    if payload.priority is not None:
        parts.append(f"priority={payload.priority}")
    return f"{code}await {bench}.send(Payload({', '.join(parts)}))", (Delivery, Payload)


class Resends:
    """The menu and the button that resend, and what they remember."""

    def __init__(self) -> None:
        self.to = w.Dropdown(
            options=[(f"to {each}", each) for each in (FAILED, ALL)],
            description="resend to",
            tooltip="who gets an event again that has an Error; one without goes as it was sent",
            layout=wide(),
        )
        self.button = w.Button(
            description="Resend all",
            tooltip="send the payloads of all events that match again, after a question",
        )
        self.links: dict[int, int] = {}
        """By the id of an event, that of the one it was resent as last."""
        self._resent = 0
        """How many times an event was resent, so that a count is known to be old."""
        self._counted: tuple[Any, int | None] = (None, None)
        """Of what it was counted last how many there are to resend, and how many."""
        self._asked: Sequence[CollectorEvent] | None = None
        self._asked_at = 0.0

    def link(self, old: CollectorEvent, new: CollectorEvent) -> None:
        """Remember what an event was resent as."""
        self.links.pop(old.id, None)
        self.links[old.id] = new.id
        self._resent += 1
        while len(self.links) > KEPT:
            del self.links[next(iter(self.links))]

    def one(self, event: CollectorEvent, collectors: Collection[str]) -> Payload[Any]:
        """A new payload of an event, for those that the menu says.

        Raises:
            RefusedError: None of those that failed is there.
            TypeError, ValueError: As from `again`.
        """
        payload = payload_for(event, self._there(collectors))
        if payload is None:
            raise RefusedError(
                f"no collector in which event {event.id} failed is there any more; resend to: {ALL}"
            )
        return payload

    def plan(self, found: Sequence[CollectorEvent], collectors: Collection[str]) -> Plan:
        """What of these events is to be resent.

        Raises:
            RefusedError: Nothing, or too many.
            TypeError, ValueError: As from `again`.
        """
        there = self._there(collectors)
        left = [event for event in found if event.id not in self.links]
        resent = [event.id for event in found if event.id in self.links]
        if len(left) > MOST:
            raise RefusedError(
                f"{len(found):,} events match; {MOST:,} payloads at most are resent at once: "
                "narrow the filter"
            )
        made = [(event, payload_for(event, there)) for event in left]
        pairs = [(event, payload) for event, payload in made if payload is not None]
        by_key = 0 if there is None else sum(failed(event) is not None for event, _ in pairs)
        plan = Plan(pairs, resent, len(made) - len(pairs), by_key)
        if not pairs:
            raise RefusedError(f"nothing to resend: {plan.left}; open a row to resend one")
        return plan

    def ask(self, found: Sequence[CollectorEvent], plan: Plan, now: float) -> str:
        """Ask before what was found is resent, of which there is a plan; return the question."""
        self._asked, self._asked_at = found, now
        self.button.description = f"Resend {len(plan.pairs):,}?"
        return plan.question

    def asked(self, now: float) -> Sequence[CollectorEvent] | None:
        """What was found when it asked, if the question still waits."""
        return None if now - self._asked_at >= ASKED else self._asked

    def unask(self) -> bool:
        """Ask no more; return whether it did."""
        asked, self._asked = self._asked is not None, None
        return asked

    def label(self, matches: Matches, collectors: Collection[str]) -> None:
        """Have the button say what a click resends, unless it asks."""
        if self._asked is not None:
            return
        if matches.selection.everything and not self.links:
            self.button.description = "Resend all"
            return
        count = self._left(matches, collectors) if matches.complete else None
        these = "Resend these" if count is None or not matches.count else f"Resend these {count:,}"
        self.button.description = these if count != 0 or not matches.count else "None to resend"

    def _left(self, matches: Matches, collectors: Collection[str]) -> int:
        """How many of what matches a click would resend; of very many, how many match."""
        if matches.count > MOST + len(self.links):
            return matches.count
        there = self._there(collectors)
        now = (matches, matches.count, self._resent, there and tuple(there))
        if self._counted[0] != now:
            found = (event for event in matches.events() if event.id not in self.links)
            count = sum(there is None or reaches(event, there) for event in found)
            self._counted = now, count
        return self._counted[1] or 0

    def _there(self, collectors: Collection[str]) -> Collection[str] | None:
        return collectors if self.to.value == FAILED else None
