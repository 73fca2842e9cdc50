"""Resends: who gets payloads again, what a click would resend, and the question before many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Delivery, Payload
from event_collector_widgets.again import failed, payload_for, reaches
from event_collector_widgets.matches import Matches
from event_collector_widgets.panels.parts.fields import wide
from event_collector_widgets.panels.parts.menus import show
from event_collector_widgets.panels.parts.questions import Question
from event_collector_widgets.panels.results.events import counted
from event_collector_widgets.panels.results.looking import RefusedError
from event_collector_widgets.panels.results.resending import Pair, goes_as_before
from event_collector_widgets.workbench import Workbench

FAILED, ALL = "those that failed", "all, as it was sent"
"""To whom events are sent again."""
MOST = 10_000
"""How many payloads are resent at once at most."""
ASKED = 10.0
"""Seconds for which a question waits for its answer."""
CLICK = "? click again"
"""The end of a question."""

_TO = f"to {FAILED}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was found when it was asked whether to resend it."""

    events: Sequence[CollectorEvent]
    """Those that match; where only those that failed get it again, those with an Error."""
    matching: int
    """How many match."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be resent, and what is left out of it."""

    pairs: Sequence[Pair]
    """The events, the oldest first, each with a new payload."""
    matching: int
    """How many match."""
    resent: Sequence[int]
    """The ids of the events that are left out because they were resent already."""
    gone: int
    """How many are left out because no collector that failed is there any more."""
    to_failed: bool
    """Whether only those get it that failed, and so nothing of what has no Error."""

    @property
    def question(self) -> str:
        """What is asked before: "resend 3 of the 17 that match, to those that failed (...)"."""
        count = len(self.pairs)
        which = f"{count:,} of the {self.matching:,} that match"
        if count == self.matching:
            which = "the one that matches" if count == 1 else f"all {count:,} that match"
        to = _TO if self.to_failed else "as it was sent" if count == 1 else "as they were sent"
        told = f" ({self.left})" if self.left else ""
        return f"resend {which}, {to}{told}{CLICK}"

    @property
    def left(self) -> str:
        """How many are left out, and why; empty: none."""
        resent, told = len(self.resent), []
        if self.to_failed:
            fine = self.matching - len(self.pairs) - resent - self.gone
            told += [f"{fine:,} without an error"] if fine > 0 else []
        if resent:
            told.append(f"{resent:,} {'was' if resent == 1 else 'were'} resent already")
        if self.gone:
            told.append(f"{self.gone:,} failed in collectors that are gone")
        return ", ".join(told)

    def account(self, account: str) -> str:
        """What came of it, to whom it was sent, and what was left out.

        "4 sent again to those that failed: 4 Ok; left out: 13 without an error".
        """
        told = account.replace(" sent", f" sent again{f' {_TO}' if self.to_failed else ''}", 1)
        return f"{told}; left out: {self.left}" if self.left else told

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
        if not self.to_failed:
            payloads = f"event.payload for event in {selected} if {fits}"
            return f"await {bench}.send_all([{payloads}])"
        return (
            f"events = [event for event in {selected} if {fits}]\n"
            f"await {bench}.send_all({bench}.to_failed(events))"
        )


type Used = tuple[type, ...]


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
    """The menu, the button that asks, the one that answers, and what was asked about."""

    def __init__(self) -> None:
        self.to = w.Dropdown(
            options=[(f"to {each}", each) for each in (FAILED, ALL)],
            description="resend to",
            tooltip="who gets events again: the collectors with an Error, of those events that "
            "have one; or as each was sent",
            layout=wide(),
        )
        self.button = w.Button(
            description="Resend failed",
            tooltip="send the payloads of the events that match again, after a question",
        )
        self.confirm = w.Button(description="Resend?", tooltip="yes, send these again")
        self.question: Question[Asked] = Question(ASKED)
        self._counted: tuple[Any, int] = (None, 0)
        """Of what it was counted last how many there are to resend, and how many."""
        self._show()

    @property
    def to_failed(self) -> bool:
        """Whether only collectors that failed get it again."""
        return bool(self.to.value == FAILED)

    def one(self, event: CollectorEvent, bench: Workbench) -> Payload[Any]:
        """A new payload of an event, for those that the menu says; as it was sent if none failed.

        Raises:
            RefusedError: None of those that failed is there.
            TypeError, ValueError: As from `again`.
        """
        only = self.to_failed and failed(event) is not None
        payload = payload_for(event, bench.collectors if only else None)
        if payload is None:
            raise RefusedError(
                f"no collector in which event {event.id} failed is there any more; resend to: {ALL}"
            )
        return payload

    def plan(self, asked: Asked, bench: Workbench) -> Plan:
        """What of these events is to be resent.

        Raises:
            RefusedError: Nothing, or too many.
            TypeError, ValueError: As from `again`.
        """
        left = [event for event in asked.events if event not in bench.resent]
        resent = [event.id for event in asked.events if event in bench.resent]
        there = bench.collectors if self.to_failed else None
        if len(left) > MOST:
            what = "failed" if self.to_failed else "match"
            raise RefusedError(
                f"{len(left):,} events {what}; {MOST:,} payloads at most are resent at once: "
                "narrow the filter"
            )
        made = [(event, payload_for(event, there)) for event in left]
        pairs = [(event, payload) for event, payload in made if payload is not None]
        plan = Plan(pairs, asked.matching, resent, len(made) - len(pairs), self.to_failed)
        if pairs:
            return plan
        told = f"nothing to resend: {plan.left}"
        if resent or plan.gone:
            raise RefusedError(f"{told}; open a row to resend one")
        raise RefusedError(f"{told}; resend to: {ALL}")

    def ask(self, asked: Asked, plan: Plan, now: float) -> str:
        """Ask before what was found is resent, of which there is a plan; return the question."""
        self.question.ask(asked, now)
        self.confirm.description = f"Resend {len(plan.pairs):,}?"
        self._show()
        self.confirm.focus()
        return plan.question

    def unask(self) -> bool:
        """Ask no more; return whether it did."""
        asked = self.question.drop()
        self._show()
        return asked

    def forget(self) -> None:
        """Ask no more, and keep nothing of the workbench before."""
        self._counted = (None, 0)
        self.unask()

    def label(self, matches: Matches, failing: Matches, bench: Workbench) -> None:
        """Have the button say what a click asks about.

        Args:
            matches: What the filters let through.
            failing: What of that has an Error.
            bench: The workbench.
        """
        found = failing if self.to_failed else matches
        total = matches.count
        if not self.to_failed and matches.selection.everything and not len(bench.resent):
            said = "Resend all"
        elif not total or not matches.complete or not found.complete:
            said = "Resend failed" if self.to_failed else "Resend these"
        elif found.count > MOST + len(bench.resent):
            said = f"Resend {counted(found.count, 'event')}"  # which it will refuse, and say why
        elif not (count := self._count(found, bench)):
            said = "None to resend"
        else:
            said = f"Resend these {count:,}" if count == total else f"Resend {count:,} of {total:,}"
        self.button.description = said

    def _count(self, found: Matches, bench: Workbench) -> int:
        """How many of what was found a click would resend."""
        there = tuple(bench.collectors) if self.to_failed else None
        now = (found, found.version, bench.resent.version, there)
        if self._counted[0] != now:
            left = (event for event in found.events() if event not in bench.resent)
            count = sum(there is None or reaches(event, bench.collectors) for event in left)
            self._counted = now, count
        return self._counted[1]

    def _show(self) -> None:
        """The button that asks, or the one that answers."""
        show(self.button, not self.question.waits)
        show(self.confirm, self.question.waits)
