"""What the form of a collector says: lines of topics and of context values, and a draft of it all.

A draft makes the collector, tells its code, and how it differs from the one that is there.
"""

import json
import keyword
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from event_collector import Collector, Context, LifecycleManager, Processor
from event_collector._text import one_line
from event_collector_widgets.twins import TwinError, in_words, unique

LONGEST_VALUE = 400
"""How many characters of JSON a context value may have to be shown as a line of the form."""


def write_topics(topics: tuple[str, ...]) -> str:
    """Topics as text, one a line.

    One that a line cannot hold as it is, such as one with a line break, stands there as JSON.
    """
    return "\n".join(topic if _is_plain(topic) else json.dumps(topic) for topic in topics)


def read_topics(text: str) -> tuple[str, ...]:
    """The topics of a text, one a line, each once. A line that begins with a quote is JSON.

    Raises:
        ValueError: Such a line is not a JSON text.
    """
    topics: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not (topic := line.strip()):
            continue
        if topic[0] == '"':
            topic = _json(topic, f"line {number} of the topics")
            if not isinstance(topic, str):
                raise ValueError(f"line {number} of the topics must be one text, got {line!r}")
            if not topic:
                raise ValueError(f"line {number} of the topics must not be empty, got {line!r}")
        topics[topic] = None
    return tuple(topics)


def write_context(ctx: Context) -> tuple[str, dict[str, Any]]:
    """Those of a context's values that JSON can say, as lines `name = JSON`; and all others."""
    lines, others = [], {}
    for name, value in vars(ctx).items():
        if (told := _told(value)) is None or not _is_name(name):
            others[name] = value
        else:
            lines.append(f"{name} = {told}")
    return "\n".join(lines), others


def read_context(text: str) -> dict[str, Any]:
    """The values that the lines `name = JSON` of a text give.

    Raises:
        ValueError: A line is something else, or gives a name again. It names the line.
    """
    values: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number} of the context"
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not value:
            raise ValueError(f"{where} must be name = JSON, such as limit = 40, got {line!r}")
        if not _is_name(name):
            raise ValueError(f"{where}: {name!r} cannot be the name of an attribute")
        if name in values:
            raise ValueError(f"{where} gives {name!r} again; leave one of them out")
        values[name] = _json(value, where)
    return values


def changed(typed: str, filled: str) -> dict[str, Any]:
    """The context values in a typed text that are not so in the text that the form was filled with.

    Raises:
        ValueError: As from `read_context`.
    """
    before = {name: json.dumps(value) for name, value in read_context(filled).items()}
    given = read_context(typed)
    return {name: value for name, value in given.items() if json.dumps(value) != before.get(name)}


def not_in(ctx: Context, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that a context has not, or has otherwise."""
    known = {name: _told(vars(ctx)[name]) for name in changes if name in ctx}
    return {n: value for n, value in changes.items() if (known.get(n) or "") != _told(value)}


def itself(one: Collector) -> Collector:
    """A collector as it was made: of one that runs on a cluster, the one that was sent there."""
    original: Collector = getattr(one, "original", one)
    return original


LIMITS = ("timeout", "max_concurrency", "batch_size", "linger")
"""The names of what a collector has in numbers."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A collector as a form describes it."""

    key: str
    processor: Processor
    processor_name: str | None
    """The notebook's name for it; None: it is the old one's."""
    topics: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Context values to be set; the others stay."""
    lifecycle: LifecycleManager | None = None
    lifecycle_name: str | None = None
    """The notebook's name for it; None: there is none, or it is the old one's."""
    timeout: float | None = None
    max_concurrency: int | None = None
    batch_size: int | None = None
    linger: float | None = None

    def collector(self, old: Collector | None) -> Collector:
        """The collector, in the place of an old one or of none.

        It goes on with the old one's context. With other values, or with a lifecycle on either
        side, it gets a new Context that begins with the old one's values.

        Raises:
            TypeError, ValueError: As from `Collector`.
        """
        limits: Any = {name: getattr(self, name) for name in LIMITS}
        made: Collector = Collector(
            self.key,
            self.processor,
            topics=self.topics,
            ctx=self._context(old),
            lifecycle=self.lifecycle,
            **limits,
        )
        again = getattr(old, "again", None)  # of one that runs on a cluster
        return made if again is None else again(made)

    def code(self, old: Collector | None, place: str) -> str:
        """The same as code.

        Args:
            old: The collector that it replaces.
            place: Code that gives the old one.
        """
        parts = [repr(self.key), self.processor_name or f"{place}.processor"]
        if self.topics:
            parts.append(f"topics={list(self.topics)!r}")
        if context := self._context_code(old, f"{place}.ctx"):
            parts.append(f"ctx={context}")
        if self.lifecycle is not None:
            parts.append(f"lifecycle={self.lifecycle_name or f'{place}.lifecycle'}")
        limits = {name: getattr(self, name) for name in LIMITS}
        parts += [f"{name}={value!r}" for name, value in limits.items() if value is not None]
        made = f"Collector({', '.join(parts)})"
        return f"{place}.again({made})" if hasattr(old, "again") else made

    def differences(self, old: Collector, named: Callable[[Any], str]) -> list[str]:
        """What would be another thing than in the old collector, a line each.

        Args:
            old: The collector that it would replace.
            named: Gives a function's name, and where it was defined.
        """
        told, old = [], itself(old)
        if self.processor is not old.processor:
            told.append(f"processor: {_step(named(old.processor), named(self.processor))}")
        gone = [f"- {topic}" for topic in old.topics if topic not in self.topics]
        come = [f"+ {topic}" for topic in self.topics if topic not in old.topics]
        if gone or come:
            told.append(f"topics: {', '.join(come + gone)}")
        for name, value in self.changes.items():
            before = one_line(vars(old.ctx)[name], 60) if name in old.ctx else "nothing"
            told.append(f"context {name}: {before} -> {one_line(value, 60)}")
        if self.lifecycle is not old.lifecycle:
            both = (old.lifecycle, self.lifecycle)
            before, after = (named(each) if each else "none" for each in both)
            told.append(f"lifecycle: {_step(before, after)}")
        for name in LIMITS:
            before, after = getattr(old, name), getattr(self, name)
            if before != after:
                told.append(f"{name}: {_number(before)} -> {_number(after)}")
        return told

    def _keeps(self, old: Collector | None) -> bool:
        """Whether the old collector's Context itself goes on: no lifecycle opens or closes it."""
        return old is not None and not (self.changes or self.lifecycle or old.lifecycle)

    def _context(self, old: Collector | None) -> Context | None:
        if old is not None and self._keeps(old):
            ctx: Context = old.ctx
            return ctx
        before = {} if old is None else vars(old.ctx)
        return Context(**{**before, **self.changes})

    def _context_code(self, old: Collector | None, place: str) -> str:
        changes = dict(self.changes)
        if self._keeps(old):
            return place
        if old is not None:
            return f"Context(**vars({place}){f' | {changes!r}' if changes else ''})"
        given = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        return f"Context({given})" if given else ""


def _is_plain(topic: str) -> bool:
    return topic == topic.strip() and topic[:1] != '"' and topic.isprintable()


def _is_name(name: str) -> bool:
    usable = name.isidentifier() and not keyword.iskeyword(name)
    return usable and name != "self" and not name.startswith("__")


def _told(value: object) -> str | None:
    """A value as JSON that gives the very same value again; None: there is none, or it is long."""
    try:
        if not _is_json(value):
            return None
        told = json.dumps(value, ensure_ascii=False)
        told = told if told.isprintable() else json.dumps(value)
    except (RecursionError, ValueError):
        return None
    return told if len(told) <= LONGEST_VALUE else None


def _is_json(value: object) -> bool:
    if type(value) is dict:
        return all(type(name) is str and _is_json(each) for name, each in value.items())
    if type(value) is list:
        return all(map(_is_json, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (str, int, bool)


def _json(text: str, where: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=unique)
        json.dumps(value, allow_nan=False)  # refuses a number that is too large for a float
    except TwinError as exc:
        raise ValueError(f"{where} is not taken: in it {exc.place(text)}") from None
    except json.JSONDecodeError as exc:
        at = f"at character {exc.colno} of {one_line(text, 60)}"
        raise ValueError(f"{where} is not JSON: {in_words(exc)} {at}") from None
    except (RecursionError, ValueError) as exc:
        raise ValueError(f"{where} is not JSON that can be used: {exc}") from None
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


def _step(before: str, after: str) -> str:
    return f"{before} -> {after}" + (", run again" if before == after else "")


def _number(value: float | None) -> str:
    return "none" if value is None else repr(value)
