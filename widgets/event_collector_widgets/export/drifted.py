"""Drifted: functions and classes that are not any more what their cells would make now."""

import ast
import inspect
import types
from collections.abc import Iterator
from typing import Any

from event_collector._text import one_line
from event_collector_widgets.export.cells import Origin, Statement
from event_collector_widgets.export.literals import same
from event_collector_widgets.export.settled import NOT_SETTLED, again


def drifted(statement: Statement, name: str, origin: Origin) -> Iterator[str]:
    """Why a definition, as it was typed, does not give what the notebook has; nothing: it does.

    Its defaults and attributes are made of other variables, which may have changed since; and later
    cells may have set attributes of it.
    """
    value, node = origin.namespace.get(name), statement.node
    for what, now, typed in _made_of(node, value):
        if any(isinstance(each, ast.Name) for each in ast.walk(typed)):
            given = again(typed, origin.namespace)
            if given is not NOT_SETTLED and not same(given, now):
                yield (
                    f"has {what} = {one_line(now)}, and its cell would make {one_line(given)} of "
                    f"{ast.unparse(typed)} now: run its cell again"
                )
    for target, cell in origin.set_later(name, statement):
        yield f"has had {target} set in {cell}: set it where it is defined, or in the context"


def _made_of(node: ast.AST, value: Any) -> Iterator[tuple[str, Any, ast.expr]]:
    """What a definition has computed when it was run: its name, what it is, and what was typed."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = inspect.unwrap(value) if callable(value) else value
        if isinstance(function, types.FunctionType) and function.__name__ == node.name:
            yield from _defaults(node.args, function)
    elif isinstance(node, ast.ClassDef) and type(value) is type and not issubclass(value, tuple):
        for each in node.body:
            targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", 0)]
            typed, target = getattr(each, "value", None), targets[0]
            if isinstance(target, ast.Name) and isinstance(typed, ast.expr):
                now = vars(value).get(target.id, NOT_SETTLED)
                if now is not NOT_SETTLED and not hasattr(type(now), "__get__"):
                    yield target.id, now, typed


def _defaults(
    arguments: ast.arguments, function: types.FunctionType
) -> Iterator[tuple[str, Any, ast.expr]]:
    named = [*arguments.posonlyargs, *arguments.args]
    given = function.__defaults__ or ()
    if len(given) == len(arguments.defaults):
        last = named[len(named) - len(given) :]
        for argument, now, typed in zip(last, given, arguments.defaults, strict=True):
            yield argument.arg, now, typed
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None and argument.arg in (function.__kwdefaults__ or {}):
            yield argument.arg, (function.__kwdefaults__ or {})[argument.arg], default
