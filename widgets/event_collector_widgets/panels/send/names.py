"""Whom it is for: the delivery, keys and topics, chosen, typed or from columns; the priority."""

from collections.abc import Hashable, Sequence
from typing import Any

import ipywidgets as w

from event_collector import Collector, Delivery, Payload
from event_collector_widgets.numbers import typed_number
from event_collector_widgets.panels.parts.fields import split_names, wide
from event_collector_widgets.panels.parts.menus import offer_still, options_of, sendable, show
from event_collector_widgets.panels.send.unchosen import UnchosenError
from event_collector_widgets.tables import Addressing

COLUMN = "column"
"""The delivery stands in a column of the table."""
_MODES = [(each.value, each) for each in Delivery]
_WORDS = {Delivery.KEY: "keys", Delivery.TOPIC: "topics"}


class Names:
    """The fields for whom a payload is for, and what they hold. A part of the send panel."""

    def __init__(self) -> None:
        self.delivery = w.ToggleButtons(options=_MODES, description="delivery")
        self.delivery.style.button_width = "auto"
        self.names = w.SelectMultiple(
            description="keys", rows=4, tooltip="Ctrl-click chooses several", layout=wide()
        )
        self.others = w.Text(description="and", layout=wide())
        self.delivery_column = w.Dropdown(description="delivery from", layout=wide())
        self.keys_column = w.Dropdown(description="keys from", layout=wide())
        self.topics_column = w.Dropdown(description="topics from", layout=wide())
        self.priority = w.Text(
            description="priority",
            placeholder="the default",
            tooltip="a whole number; the lowest is taken first, empty is the queue's default",
            layout=wide(),
        )
        self._chosen: dict[Delivery, tuple[str, ...]] = {}
        self._names_for = Delivery.KEY
        self._has_priority = False

    @property
    def fields(self) -> tuple[w.Widget, ...]:
        """The fields whose change changes whom it is for."""
        return (
            *(self.delivery, self.names, self.others, self.priority),
            *(self.delivery_column, self.keys_column, self.topics_column),
        )

    def offer(
        self, collectors: Sequence[Collector], columns: Sequence[str] | None, *, priority: bool
    ) -> None:
        """Offer the keys and topics that there are now, and show the fields of the delivery.

        Args:
            collectors: The collectors that there are.
            columns: The columns of the table; None where one value is sent.
            priority: Whether a priority has an effect.
        """
        self._has_priority = priority
        self._offer_modes(columns is not None)
        mode = self.delivery.value
        if mode in _WORDS:
            self._offer_names(mode, collectors)
        menus = (self.delivery_column, self.keys_column, self.topics_column)
        for menu in menus:
            none = "choose one" if menu is self.delivery_column else "no column"
            offer_still(menu, [(none, ""), *options_of(columns or ())])
        show(self.names, mode in _WORDS)
        show(self.others, mode in _WORDS)
        show(self.delivery_column, mode == COLUMN)
        show(self.keys_column, bool(columns) and mode in (Delivery.KEY, COLUMN))
        show(self.topics_column, bool(columns) and mode in (Delivery.TOPIC, COLUMN))
        show(self.priority, priority)

    def payload(self, value: Any) -> Payload[Any]:
        """A payload for whom the fields say.

        Raises:
            ValueError: The priority is not a whole number.
        """
        mode = self.delivery.value if self.delivery.value != COLUMN else Delivery.BROADCAST
        named = {_WORDS[mode]: self.named(mode)} if mode in _WORDS else {}
        return Payload(value, mode, priority=self._priority(), **named)

    def addressing(self) -> Addressing:
        """For whom the rows of a table are.

        Raises:
            UnchosenError: The column of the delivery is not chosen.
            ValueError: The priority is wrong.
        """
        mode = self.delivery.value
        by_column = mode == COLUMN
        if by_column and not self.delivery_column.value:
            raise UnchosenError(
                'choose the column that says "broadcast", "key" or "topic" for each row'
            )
        by_key, by_topic = mode in (Delivery.KEY, COLUMN), mode in (Delivery.TOPIC, COLUMN)
        return Addressing(
            delivery=Delivery.BROADCAST if by_column else mode,
            keys=self.named(Delivery.KEY) if mode is Delivery.KEY else (),
            topics=self.named(Delivery.TOPIC) if mode is Delivery.TOPIC else (),
            priority=self._priority(),
            delivery_column=self.delivery_column.value if by_column else None,
            keys_column=(by_key and self.keys_column.value) or None,
            topics_column=(by_topic and self.topics_column.value) or None,
        )

    def check_chosen(self, *, table: bool) -> None:
        """Refuse what nobody has chosen yet: a key or topic, of which the delivery needs one.

        Args:
            table: Whether the rows of a table are sent, whose names may stand in a column.

        Raises:
            UnchosenError: There is none. What to do is said.
        """
        mode = self.delivery.value
        if mode not in _WORDS or self.named(mode):
            return
        column = self.keys_column if mode is Delivery.KEY else self.topics_column
        if table and column.value:
            return
        several = _WORDS[mode]
        told = f'choose one of the {several}, or write one beside "{self.others.description}"'
        if not self.names.options:
            told = f'no collector has {several}: write one beside "{self.others.description}"'
        column_too = f", or take the {several} from a column" if table else ""
        raise UnchosenError(f"{told}{column_too}; without it nobody gets anything")

    def code(self) -> str:
        """What the payload says after its value, as code."""
        payload, code = self.payload(None), ""
        if payload.delivery is not Delivery.BROADCAST:
            word = _WORDS[payload.delivery]
            code += f", {payload.delivery!r}, {word}={getattr(payload, word)!r}"
        return code if payload.priority is None else f"{code}, priority={payload.priority}"

    def named(self, mode: Delivery) -> list[str]:
        """The names that were chosen for a delivery, and then those that were typed."""
        chosen = self.names.value if self._names_for is mode else self._chosen.get(mode, ())
        return list(dict.fromkeys([*chosen, *split_names(self.others.value)]))

    def state(self) -> Hashable:
        """Changes when whom it is for does."""
        return (self._has_priority, *(field.value for field in self.fields))

    def fill(self, payload: Payload[Any], collectors: Sequence[Collector]) -> str:
        """Put into the fields whom a payload is for; return what is left out, mostly nothing."""
        mode = payload.delivery
        self.delivery.value = mode
        self.others.value = ""
        self.priority.value = "" if payload.priority is None else str(payload.priority)
        left = [
            word for each, word in _WORDS.items() if each is not mode and getattr(payload, word)
        ]
        if mode in _WORDS:
            self._offer_names(mode, collectors)
            names = list(dict.fromkeys(getattr(payload, _WORDS[mode])))
            options = list(self.names.options)
            missing = [name for name in names if name not in {each for _, each in options}]
            self.names.options = [*options, *_gone(missing)]
            self.names.value = tuple(names)
        return f"its {' and '.join(left)} are left out: it is a {mode.value}" if left else ""

    def _offer_modes(self, table: bool) -> None:
        """A table's delivery may stand in a column; where it did and there is none, it is all."""
        modes = [*_MODES, ("a column says", COLUMN)] if table else _MODES
        if list(self.delivery.options) != modes:
            mode = self.delivery.value
            with self.delivery.hold_sync():
                self.delivery.options = modes
                self.delivery.value = Delivery.BROADCAST if mode == COLUMN and not table else mode

    def _offer_names(self, mode: Delivery, collectors: Sequence[Collector]) -> None:
        if mode is Delivery.KEY:
            options = options_of([each.key for each in collectors])
        else:
            options = options_of(sorted({topic for each in collectors for topic in each.topics}))
        if mode is not self._names_for:
            self._chosen[self._names_for] = self.names.value
            self._names_for = mode
            chosen = self._chosen.get(mode, ())
            missing = [name for name in chosen if name not in {each for _, each in options}]
            with self.names.hold_sync():
                self.names.options = [*options, *_gone(missing)]
                self.names.value = chosen
        offer_still(self.names, options)
        word = _WORDS[mode]
        self.names.description = word
        self.others.placeholder = f"other {word}, after commas; Ctrl-click above for several"

    def _priority(self) -> int | None:
        if not self._has_priority:
            return None
        return typed_number(self.priority.value, "priority", int)


def _gone(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{sendable(name)} (not there)", name) for name in names]
