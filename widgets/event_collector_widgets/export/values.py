"""Constants: names that stand for a value, written as they were typed, or as a literal."""

import ast
import types
from typing import TYPE_CHECKING, Any

from event_collector._text import one_line
from event_collector_widgets.export.calls import laid_out
from event_collector_widgets.export.cells import Origin, Statement, bound_by, typed_as
from event_collector_widgets.export.literals import NoLiteralError, literal, same
from event_collector_widgets.export.settled import (
    NOT_SETTLED,
    again,
    changed_closure,
    gives_function,
    held_live,
    made_anew,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from event_collector_widgets.export.imports import Import

    class Walking(Protocol):
        """What this needs of the walk."""

        def problem(self, said: str) -> None: ...
        def note(self, said: str) -> None: ...
        def attempt(self, step: "Callable[[], object]") -> bool: ...
        def add_import(self, new: Import) -> None: ...
        def environment(self, name: str, value: Any) -> str | None: ...
        def say_environment(self, name: str, node: ast.AST) -> bool: ...
        def say_temporary(self, name: str, value: Any) -> None: ...
        def item(self, text: str, origin: Origin, statement: Statement | None, by: str) -> Any: ...


class Values:
    """Decides for a walk how a value is written."""

    def __init__(self, walk: "Walking") -> None:
        self._walk = walk
        self.changed_by: dict[str, str] = {}
        """By which function a global name is assigned."""
        self._as_now: dict[str, str] = {}
        """Names that are written as what they are now, with their cell and value in words."""

    def take(self, statement: Statement, name: str, value: Any, origin: Origin) -> bool:
        """Write a name by the statement that assigned it, if that still gives its value."""
        expression: ast.expr | None = getattr(statement.node, "value", None)
        if expression is None:
            return False
        by = f"{name!r} ({statement.source.words})"
        if "get_ipython()" in (text := statement.typed()):
            self._walk.problem(f"{by} is made by a magic or a !command: write it in Python")
            return True
        if isinstance(expression, ast.Constant) and (read := self._walk.environment(name, value)):
            self._constant(f"{name} = {read}", origin, statement, by)
            return True
        if self._walk.say_environment(name, expression):
            self._constant(text, origin, statement, by)
            return True
        if isinstance(value, types.FunctionType):
            return self._function(statement, value, origin, by)
        if self._still(statement, expression, name, value, origin):
            if not _has_literal(value):
                self._constant(text, origin, statement, by)
                return True
            if self._walk.attempt(lambda: self._constant(text, origin, statement, by)):
                self._walk.say_temporary(name, value)
                return True
            return False  # what it was made of cannot be written, and the value can
        if isinstance(expression, ast.Call) and not _has_literal(value) and made_anew(value):
            ours = type(value).__module__ == "__main__"
            if ours and (held := held_live(value)) is not None:
                self._walk.problem(f"{by} holds what cannot be written, {held}: {_OPEN}")
            else:
                self._walk.note(f"{name} is made anew, as it was typed: {ast.unparse(expression)}")
                for target, cell in origin.set_later(name, statement):
                    self._walk.note(f"{target}, which {cell} has set, is not set in the module")
                self._constant(text, origin, statement, by)
            return True
        return False

    def fall_back(
        self, name: str, value: Any, origin: Origin, typed: list[Statement], by: str
    ) -> None:
        """Write a name's value as a literal, where no statement gives it; or say why not."""
        cell = f" ({typed[0].source.words})" if typed else ""
        magic = None if _in_a_file(value) else origin.under_magic(name)
        if magic is not None and not _has_literal(value):
            self._walk.problem(
                f"{name!r} is defined in {magic.words}, which begins with a %%magic: take that "
                "line away, and run the cell again"
            )
            return
        read = self._walk.environment(name, value)
        try:
            written = literal(value)
        except NoLiteralError as exc:
            self._walk.problem(self._no_literal(name, cell, value, exc, by))
            return
        if changed := self._changed(name, value, typed, origin):
            self._walk.problem(f"{name!r}{cell} {changed}")
            return
        for needed in written.imports:
            self._walk.add_import(needed)
        self._walk.say_temporary(name, value)
        if read is None:
            self._walk.note(f"{name} is written as the value that it has: {one_line(value)}")
        statement = typed[0] if typed else None
        self._as_now[name] = f"{name!r}{cell}, which is {one_line(value)} now,"
        text = laid_out(read or written.text, 0, len(name) + 3, 0)
        self._constant(f"{name} = {text}", origin, statement, by)

    def finish(self) -> None:
        """Refuse what the functions themselves have changed: the module would begin in the middle.

        To be called when all functions are known.
        """
        for name in self._as_now.keys() & self.changed_by.keys():
            self._walk.problem(
                f"{self._as_now[name]} is changed by {self.changed_by[name]!r} while it runs: keep "
                "it in the context, or run its cell again just before"
            )

    # Within

    def _constant(self, text: str, origin: Origin, statement: Statement | None, by: str) -> None:
        self._walk.item(text, origin, statement, by).compact = True

    def _still(
        self, statement: Statement, expression: ast.expr, name: str, value: Any, origin: Origin
    ) -> bool:
        """Whether running the expression again gives what is there, for every name it binds."""
        if isinstance(statement.node, ast.TypeAlias):
            return True
        given = again(expression, origin.namespace)
        targets = getattr(statement.node, "targets", None)
        if bound_by(statement.node) == {name}:
            plain = targets is None or all(isinstance(each, ast.Name) for each in targets)
            return plain and given is not NOT_SETTLED and same(given, value)
        if targets is not None and all(isinstance(each, ast.Name) for each in targets):
            return all(same(given, origin.namespace.get(each.id)) for each in targets)
        names = [each.id for each in _targets(statement.node)]
        simple = targets is not None and len(targets) == 1 and isinstance(targets[0], ast.Tuple)
        if not simple or not isinstance(given, list | tuple) or len(given) != len(names):
            return False
        return all(
            same(each, origin.namespace.get(n)) for n, each in zip(names, given, strict=True)
        )

    def _function(
        self, statement: Statement, value: types.FunctionType, origin: Origin, by: str
    ) -> bool:
        """A lambda, another name for a function, or what a function has returned."""
        expression = statement.node.value  # type: ignore[attr-defined]
        text = statement.typed()
        if isinstance(expression, ast.Lambda):
            source, line = typed_as(value.__code__)
            if source != statement.source.text or line < statement.node.lineno:
                return False
        elif not gives_function(expression, value, origin.namespace):
            return False
        elif value.__closure__:
            call = expression if isinstance(expression, ast.Call) else None
            name = changed_closure(value, call, origin)
            if name is not None:
                self._walk.problem(
                    f"{by} closes over {name!r}, which is not what it was when the function was "
                    f"made, or cannot be told: keep it in the context, or give it as an argument"
                )
                return True
        self._constant(text, origin, statement, by)
        return True

    def _changed(self, name: str, value: Any, typed: list[Statement], origin: Origin) -> str | None:
        """Why a value that has changed since its cell ran is not written; None: it is."""
        if not typed or not isinstance(value, list | dict | set | bytearray):
            return None
        expression = getattr(typed[0].node, "value", None)
        given = NOT_SETTLED if expression is None else again(expression, origin.namespace)
        if given is NOT_SETTLED or bound_by(typed[0].node) != {name} or same(given, value):
            return None
        return (
            f"has changed since its cell ran, and is {one_line(value)} now: run its cell again "
            "to begin anew, or type in a cell what it is to be"
        )

    @staticmethod
    def _no_literal(name: str, cell: str, value: Any, exc: NoLiteralError, by: str) -> str:
        if isinstance(value, types.FunctionType | type):
            what = "a function" if isinstance(value, types.FunctionType) else "a class"
            return (
                f"{name!r} is {what} that no cell defines by that name, as one made by exec or in "
                "a loop: define it in a cell"
            )
        return f"{name!r}{cell}, which {by} uses, cannot be written: {exc}; {_OPEN}"


_OPEN = (
    "open or load it in a lifecycle, into the context (ctx.name = ...), or in the function "
    "that uses it"
)


def _in_a_file(value: object) -> bool:
    """Whether a function was made by a plain cell, or by exec, and so by no magic."""
    code = getattr(value, "__code__", None)
    return code is not None and bool(code.co_filename == "<string>" or typed_as(code)[0])


def _targets(node: ast.AST) -> list[ast.Name]:
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return [each for each in names if isinstance(each.ctx, ast.Store)]


def _has_literal(value: object) -> bool:
    try:
        literal(value)
    except NoLiteralError:
        return False
    return True
