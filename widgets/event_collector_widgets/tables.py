"""Tables: a DataFrame or a list as many payloads, a row each; and what became of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from event_collector import CollectorEvent, Delivery, Error, Payload
from event_collector import _check as check
from event_collector._text import one_line
from event_collector_widgets.uploads import refuse_twins

# From a variable


def is_table(value: object) -> bool:
    """Whether a value of the notebook can be sent a row each: DataFrame, Series, array or list."""
    return isinstance(value, list | tuple) or _is_frame(value) or _is_column(value)


def rows_of_table(value: object) -> list[Any]:
    """The rows of a table: for a DataFrame dicts by column, for everything else its values.

    They are what `rows_code` gives in a cell: a DataFrame's `to_dict("records")`, no index in it.
    Numbers are Python's own, a missing number is nan, a time stays a pandas Timestamp.

    Raises:
        TypeError: It is not a DataFrame, Series, array, list or tuple.
        ValueError: Two columns of the DataFrame have the same name.
    """
    if _is_frame(value):
        columns = list(value.columns)  # type: ignore[attr-defined]
        refuse_twins(columns, "the DataFrame")
        records: list[Any] = value.to_dict("records")  # type: ignore[attr-defined]
        return records
    if _is_column(value):
        return list(value.tolist())  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        return list(value)
    raise TypeError(
        f"a table is a DataFrame, a Series, an array, a list or a tuple, "
        f"got {type(value).__name__}: {one_line(value)}; write list(...), or send it as one payload"
    )


def rows_code(name: str, value: object) -> str:
    """Code that gives the same rows, for a table that the notebook calls `name`."""
    if _is_frame(value):
        return f'{name}.to_dict("records")'
    return f"{name}.tolist()" if _is_column(value) else name


def _is_frame(value: object) -> bool:
    return _made_by(value, "pandas") and hasattr(value, "columns")


def _is_column(value: object) -> bool:
    """A pandas Series or Index, or a numpy array; not one number of numpy's."""
    one_by_one = hasattr(value, "tolist") and getattr(value, "ndim", 0) > 0
    return one_by_one and _made_by(value, "pandas", "numpy") and not hasattr(value, "columns")


def _made_by(value: object, *packages: str) -> bool:
    """Whether its class is one of these packages', or derived from one; without an import."""
    return any(each.__module__.partition(".")[0] in packages for each in type(value).__mro__)


# From rows to payloads


def names_in(cell: object, separator: str | None = None) -> list[str]:
    """The keys or topics in a cell: a list holds names, a text is one, or several with `separator`.

    Nothing, nan and an empty text hold no name. What is not a text stays, to be refused.
    """
    if isinstance(cell, str):
        if separator is None:
            return [cell] if cell else []
        return [name.strip() for name in cell.split(separator) if name.strip()]
    if isinstance(cell, list | tuple | set | frozenset):
        return check.names(cell, "name")
    if _is_column(cell):
        return check.names(cell.tolist(), "name")  # type: ignore[attr-defined]
    return [] if _missing(cell) else [cell]  # type: ignore[list-item]


def _missing(cell: object) -> bool:
    """None, nan, and pandas' NA and NaT: what is not equal to itself."""
    if cell is None or (isinstance(cell, float) and cell != cell):
        return True
    return _made_by(cell, "pandas") and type(cell).__name__ in {"NAType", "NaTType"}


_GOES_BY = {Delivery.KEY: "keys", Delivery.TOPIC: "topics"}
"""What a payload says in any case, even if it is none."""


@dataclass(frozen=True)
class Addressing:
    """How each row of a table finds its collectors: the same way for all, or by its cells.

    The names of `keys` come first, those of the row's cell in `keys_column` after them; topics
    alike. A row without a name there gets none, and reaches nobody if it goes by KEY or TOPIC.
    As with a `Payload`, keys (or their column) alone mean KEY, and topics alone TOPIC.

    Raises:
        TypeError, ValueError: As from `Payload`; or a column is not a str, or the separator empty.
    """

    delivery: Delivery = None  # type: ignore[assignment]  # not given: settled below
    keys: Sequence[str] = ()
    topics: Sequence[str] = ()
    priority: int | None = None
    delivery_column: str | None = None
    """The column that holds "broadcast", "key" or "topic"."""
    keys_column: str | None = None
    topics_column: str | None = None
    separator: str | None = None
    """What stands between several names in one text, as in "a|b". None: a text is one name."""

    def __post_init__(self) -> None:
        named: dict[str, Any] = {
            word: fixed for word, fixed, column in self._named() if fixed or column is not None
        }
        if self.delivery is not None:
            named["delivery"] = self.delivery
        elif self.delivery_column is not None:
            named["delivery"] = Delivery.BROADCAST  # each row says its own
        settled = Payload(None, priority=self.priority, **named)  # refuses what is wrong
        object.__setattr__(self, "delivery", settled.delivery)
        for name in ("delivery_column", "keys_column", "topics_column", "separator"):
            if getattr(self, name) is not None:
                check.name(getattr(self, name), name)

    def payloads(self, rows: Iterable[Any]) -> list[Payload[Any]]:
        """A payload for each row, whose value is the row itself.

        Raises:
            TypeError, ValueError: A row has no such column, or a cell does not fit. The message
                names the row, counted from 1, and the value.
        """
        return [self._payload(number, row) for number, row in enumerate(rows, 1)]

    def code(self, source: str, rows: Sequence[Any], bench: str = "bench") -> str:
        """Code for a cell that sends the same payloads.

        Args:
            source: Code that gives the rows: see `rows_code` and `upload_code`.
            rows: The rows, to see whether a plain form will do.
            bench: What the notebook calls the workbench.
        """
        parts, said = ["row"], self._said(self.delivery)
        if self.delivery_column is not None:
            parts.append(f"Delivery(row[{self.delivery_column!r}])")
        elif said or self.delivery is not Delivery.BROADCAST:
            parts.append(f"{self.delivery!r}")
        for word, fixed, column in said:
            parts.append(f"{word}={self._names_code(fixed, column, rows)}")
        if self.priority is not None:
            parts.append(f"priority={self.priority}")
        made = f"payloads = [Payload({', '.join(parts)}) for row in {source}]"
        names = "Delivery, Payload" if "Delivery" in made else "Payload"
        imports = [f"from event_collector import {names}"]
        if "names_in(" in made:
            imports.append("from event_collector_widgets.tables import names_in")
        return "\n".join([*imports, "", made, f"events = await {bench}.send_all(payloads)"])

    def _payload(self, number: int, row: Any) -> Payload[Any]:
        delivery = self.delivery
        try:
            if self.delivery_column is not None:
                delivery = _delivery(_cell(row, self.delivery_column), self.delivery_column)
            named = {
                word: [*fixed, *(self._names_from(row, column, word) if column else ())]
                for word, fixed, column in self._said(delivery)
            }
            return Payload(row, delivery, priority=self.priority, **named)
        except (TypeError, ValueError) as exc:
            raise type(exc)(f"row {number}: {exc}") from None

    def _names_from(self, row: Any, column: str, word: str) -> list[str]:
        cell = _cell(row, column)
        try:
            return check.names(names_in(cell, self.separator), word)
        except (TypeError, ValueError) as exc:
            raise type(exc)(
                f"the {word} from column {column!r} must be texts, got {one_line(cell, 60)}"
            ) from None

    def _said(self, delivery: Delivery) -> list[tuple[str, Sequence[str], str | None]]:
        """What a payload of this delivery says of its names.

        That of a row which says its delivery itself has both lists or neither: one alone might be
        the wrong one for it, which a Payload refuses.
        """
        named = self._named()
        if self.delivery_column is not None:
            return named if any(fixed or column for _, fixed, column in named) else []
        goes_by = _GOES_BY.get(delivery)
        return [each for each in named if each[1] or each[2] or each[0] == goes_by]

    def _named(self) -> list[tuple[str, Sequence[str], str | None]]:
        return [("keys", self.keys, self.keys_column), ("topics", self.topics, self.topics_column)]

    def _names_code(self, fixed: Sequence[str], column: str | None, rows: Sequence[Any]) -> str:
        names = [repr(name) for name in fixed]
        if column is None:
            return f"[{', '.join(names)}]"
        cells = [_cell(row, column) for row in rows]
        if self.separator is None and all(isinstance(cell, str) and cell for cell in cells):
            return f"[{', '.join([*names, f'row[{column!r}]'])}]"
        more = "" if self.separator is None else f", {self.separator!r}"
        found = f"names_in(row[{column!r}]{more})"
        return f"[{', '.join([*names, f'*{found}'])}]" if names else found


def _cell(row: Any, column: str) -> Any:
    if not isinstance(row, dict):
        raise TypeError(
            f"it has no columns: it is {type(row).__name__}: {one_line(row)}; "
            "choose no column, or make each row a dict"
        )
    if column not in row:
        raise ValueError(f"it has no column {column!r}, it has: {', '.join(map(str, row))}")
    return row[column]


def _delivery(cell: object, column: str) -> Delivery:
    try:
        return Delivery(cell)
    except ValueError:
        raise ValueError(
            f"the delivery from column {column!r} must be 'broadcast', 'key' or 'topic', "
            f"got {one_line(cell)}"
        ) from None


# What became of them

NAMED = 5
"""How many collectors `account` names."""


def accepted_of(
    payloads: Iterable[Payload[Any]], history: Iterable[CollectorEvent]
) -> list[CollectorEvent]:
    """The kept events of these very payloads: what a cancelled `send_all` had sent by then."""
    ours = {id(payload) for payload in payloads}
    return [event for event in history if id(event.payload) in ours]


def account(events: Sequence[CollectorEvent]) -> str:
    """What became of events, in words, with the collectors that gave most of the Errors.

    "10 sent: 6 Ok, 2 with errors (audit 2, billing 1), 1 undelivered, 1 not done". The parts add up
    to what was sent; those of 0 are left out. An event that got an Error from any collector is one
    with errors. Asking does not make the events `retrieved`.
    """
    ways: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for event in events:
        results = event.peek()
        if results is None:
            ways["not done"] += 1
        elif not results.delivered:
            ways["undelivered"] += 1
        else:
            wrong = [
                key or "?"
                for key, result in zip(results.keys, results, strict=True)
                if isinstance(result, Error)
            ]
            failed.update(wrong)
            ways["with errors" if wrong else "Ok"] += 1
    said = [_way(way, ways[way], failed) for way in _WAYS if ways[way]]
    return f"{len(events):,} sent{': ' if said else ''}{', '.join(said)}"


_WAYS = ("Ok", "with errors", "undelivered", "not done")


def _way(way: str, count: int, failed: Counter[str]) -> str:
    if way != "with errors":
        return f"{count:,} {way}"
    most = [f"{key} {times:,}" for key, times in failed.most_common(NAMED)]
    if len(failed) > NAMED:
        most.append(f"{len(failed) - NAMED:,} more")
    return f"{count:,} {way} ({', '.join(most)})"
