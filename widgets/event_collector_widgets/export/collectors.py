"""The collectors and the queue, as calls that make them again."""

import ast
import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

from event_collector import Collector, CollectorQueue, Context, SimpleRouter
from event_collector._text import one_line
from event_collector_widgets.export.beginnings import Beginnings
from event_collector_widgets.export.calls import in_quotes
from event_collector_widgets.export.cells import Source
from event_collector_widgets.export.imports import Import
from event_collector_widgets.export.literals import Literal, NoLiteralError, literal, quoted
from event_collector_widgets.export.settled import NOT_SETTLED, again, made_anew
from event_collector_widgets.export.walk import Walk

_OPTIONS = ("processor", "topics", "ctx", "lifecycle")
_OF_QUEUE = ("collectors", "router", "report_interval")


class Collectors:
    """Writes the collectors of a queue.

    Args:
        walk: Where what they need is noted.
        queue: The queue.
        beginnings: What their contexts held at first.
    """

    def __init__(self, walk: Walk, queue: CollectorQueue, beginnings: Beginnings) -> None:
        self._walk = walk
        self._queue = queue
        self._beginnings = beginnings
        self.contexts: list[str] = []
        """What each context holds, in a line each."""
        self.shared: dict[int, tuple[str, str]] = {}
        """Contexts of several collectors: a variable, and the call that makes it."""

    def written(self) -> list[str]:
        """Each collector as a call."""
        return [self._collector(each) for each in self._queue.collectors.values()]

    def options(self) -> list[str]:
        """The arguments of the queue, as it is now."""
        found = []
        for name, default in _keywords(CollectorQueue):
            value = getattr(self._queue, name, default)
            if name not in _OF_QUEUE and value != default:
                found.append(f"{name}={self._enum(value)}")
        kind = type(self._queue.router)
        if kind is not SimpleRouter:
            named = self._walk.expression(kind, "the router")
            if named is None:
                self._walk.problem(
                    f"the router {kind.__qualname__} has no name in the notebook: define its class "
                    "in a cell"
                )
            found.append(f"router={named}")
        return found

    # Within

    def _enum(self, value: Any) -> str:
        """A plain value, or the member of one of the engine's enums."""
        try:
            return literal(value).text
        except NoLiteralError:
            self._walk.add_import(Import("event_collector", type(value).__name__))
            return str(value)

    def _collector(self, collector: Collector) -> str:
        key = collector.key
        by = f"collector {key!r}"
        kind = type(collector)
        if isinstance(getattr(collector, "original", None), Collector):
            self._walk.problem(
                f"{by} runs on a cluster, and a connection to one cannot be written: define it "
                "without cluster= and export; then a module beside it has queue = make_queue() and "
                f"await queue.replace(on_cluster(queue.collectors[{key!r}], client)), as "
                "'python -m pydoc event_collector.cluster' shows"
            )
            return "None"
        if kind is not Collector:
            self._walk.problem(f"{by} is a {kind.__name__}: only a Collector can be written")
        processor = self._named(collector.processor, by, "processor")
        args = [quoted(repr(key)), processor]
        if collector.topics:
            args.append(f"topics={literal(list(collector.topics)).text}")
        if ctx := self._context(collector, by):
            args.append(f"ctx={ctx}")
        if collector.lifecycle is not None:
            args.append(f"lifecycle={self._named(collector.lifecycle, by, 'lifecycle')}")
        for name, default in _keywords(Collector):
            value = getattr(collector, name, default)
            if name not in _OPTIONS and value != default:
                args.append(f"{name}={literal(value).text}")
        return f"Collector({', '.join(args)})"

    def _named(self, value: Any, by: str, what: str) -> str:
        """How the module calls a processor or a lifecycle."""
        name = self._walk.expression(value, f"the {what} of {by}")
        if name is not None:
            return name
        own = getattr(value, "__name__", None)
        if own in self._walk.home.namespace:
            self._walk.problem(
                f"the {what} of {by} is an older {own!r} than the notebook has: put the newer one "
                "into its place (run the cell of the collector), or define the older one again"
            )
        else:
            made = one_line(own)
            if own is None:
                made = "a partial" if isinstance(value, partial) else f"a {type(value).__name__}"
            self._walk.problem(
                f"the {what} of {by}, {made}, has no name in the notebook: give it one in a cell, "
                "and make the collector of that"
            )
        return "None"

    def _context(self, collector: Collector, by: str) -> str:
        """The Context as it was at first; empty where that is what every Collector has."""
        ctx = collector.ctx
        if id(ctx) in self.shared:
            return self.shared[id(ctx)][0]
        kind, values = type(ctx), self._beginnings.of(collector)
        if not values and kind is Context and not self._is_shared(ctx):
            return ""
        node, source = self._typed(collector)
        name = "Context"
        if kind is Context:
            self._walk.add_import(Import("event_collector", "Context"))
        else:
            name = self._named(kind, by, "context's class")
        if kind.__init__ is not Context.__init__:
            made = self._own_init(node, source, by, kind)
        else:
            keywords = {each.arg: each.value for each in node.keywords} if node else {}
            args = [
                f"{each}={self._value(each, text, keywords.get(each), source, collector)}"
                for each, text in values.items()
            ]
            self.contexts.append(f"context of {collector.key!r}: {', '.join(args) or 'empty'}")
            made = f"{name}({', '.join(args)})"
        if not self._is_shared(ctx):
            return made
        variable = f"shared_{len(self.shared) + 1}"
        self.shared[id(ctx)] = (variable, made)
        return variable

    def _is_shared(self, ctx: Context) -> bool:
        return sum(each.ctx is ctx for each in self._queue.collectors.values()) > 1

    def _value(
        self,
        name: str,
        text: Literal | None,
        typed: ast.expr | None,
        source: Source | None,
        collector: Collector,
    ) -> str:
        """What a Context begins with, as it was typed where that gives the same."""
        where = f"{name} of the context of {collector.key!r}"
        now = vars(collector.ctx).get(name)
        words = None
        if typed is not None and source is not None:
            words = ast.get_source_segment(source.text, typed)
            words = in_quotes(ast.unparse(typed) if "\n" in (words or "\n") else str(words))
        if words is not None and typed is not None and self._as_typed(typed, text, now, where):
            self._walk.uses(words, self._walk.home, where)
            return words
        if text is not None:
            return self._literal(text, where)
        named = self._walk.expression(now, where)
        if named is None:
            self._walk.problem(
                f"{where}, {one_line(now)}, has no literal: make it in the lifecycle "
                f"(ctx.{name} = ...), or give it a name in a cell that can be written"
            )
        return named or "None"

    def _as_typed(self, typed: ast.expr, text: Literal | None, now: object, where: str) -> bool:
        """Whether an expression in the call of a Context gives what it began with."""
        if self._walk.say_environment(where, typed):
            return True
        if not any(isinstance(each, ast.Name) for each in ast.walk(typed)):
            return False  # a literal is one, typed or not; it may be a secret
        given = again(typed, self._walk.home.namespace)
        if text is None:
            if isinstance(typed, ast.Call) and made_anew(now) and not callable(now):
                self._walk.note(f"{where} is made anew, as it was typed: {ast.unparse(typed)}")
                return True
            return given is not NOT_SETTLED and given is now
        try:
            return given is not NOT_SETTLED and literal(given).text == text.text
        except NoLiteralError:
            return False

    def _literal(self, text: Literal, where: str) -> str:
        try:
            plain = ast.literal_eval(text.text)
        except (ValueError, SyntaxError):
            plain = None
        if (read := self._walk.environment(where, plain)) is not None:
            return read
        for needed in text.imports:
            self._walk.add_import(needed)
        return text.text

    def _own_init(self, node: ast.Call | None, source: Source | None, by: str, kind: type) -> str:
        """The call of a class of contexts that has an `__init__` of its own, as it was typed."""
        if node is None or source is None:
            self._walk.problem(
                f"the context of {by}, a {kind.__name__}, has an __init__ of its own, and no cell "
                f"has the call: write ctx={kind.__name__}(...) in the collector's cell"
            )
            return "None"
        words = in_quotes(ast.unparse(node))
        given = [*node.args, *(each.value for each in node.keywords)]
        if not self._walk.say_environment(f"the context of {by}", node):
            unsettled = [
                each for each in given if again(each, self._walk.home.namespace) is NOT_SETTLED
            ]
            if unsettled:
                self._walk.problem(
                    f"the context of {by} is made with {ast.unparse(unsettled[0])}, which cannot "
                    "be written: give it a literal, or make it in the lifecycle"
                )
        self._walk.uses(words, self._walk.home, f"the context of {by}")
        self.contexts.append(f"context of {by.removeprefix('collector ')}: {words}")
        return words

    def _typed(self, collector: Collector) -> tuple[ast.Call | None, Source | None]:
        """The call in a cell that has made a collector's Context, if there is one."""
        own = getattr(collector.processor, "__name__", "")
        for source, node in _makers(self._walk, collector.key, own):
            for each in node.keywords:
                if each.arg == "ctx" and isinstance(each.value, ast.Call):
                    return each.value, source
            return None, None
        return None, None


def _makers(walk: Walk, key: str, processor: str) -> Iterator[tuple[Source, ast.Call]]:
    """The calls that may have made a collector, the newest first: of the decorator over its
    processor, and of `Collector` with its key."""
    decorating = {
        (id(statement.source), id(each)): True
        for statement in walk.home.binding(processor)
        for each in getattr(statement.node, "decorator_list", [])
    }
    for source, node in walk.home.calls():
        first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        named = {each.arg: getattr(each.value, "value", None) for each in node.keywords}
        called = getattr(node.func, "attr", getattr(node.func, "id", None))
        if (called == "Collector" and key in (first, named.get("key"))) or (
            called == "collector"
            and (id(source), id(node)) in decorating
            and (first or named.get("key") or processor) == key
        ):
            yield source, node


def _keywords(kind: type) -> list[tuple[str, Any]]:
    """The keyword arguments of a class, with their defaults."""
    parameters = inspect.signature(kind).parameters.values()
    return [
        (each.name, each.default)
        for each in parameters
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]
