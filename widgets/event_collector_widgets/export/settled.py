"""Whether an expression, as it was typed, still gives the value that there is now."""

import ast
import asyncio
import builtins
import collections
import contextvars
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import itertools
import logging
import operator
import pathlib
import random
import re
import string
import struct
import tempfile
import threading
import types
import typing
import uuid
import zoneinfo
from collections.abc import Mapping
from typing import Any

from event_collector import Context
from event_collector_widgets.export.literals import NoLiteralError, literal, same

_PLAIN_CALLS: list[Any] = [
    *(bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, range, slice),
    *(len, min, max, sum, sorted, reversed, round, abs, zip, enumerate, any, all),
    *(pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, re.compile, types.SimpleNamespace),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone),
    *(decimal.Decimal, fractions.Fraction, uuid.UUID, zoneinfo.ZoneInfo, types.MappingProxyType),
    *(collections.Counter, collections.OrderedDict, collections.defaultdict, collections.deque),
    *(functools.partial, operator.itemgetter, operator.attrgetter, operator.methodcaller),
]
"""What is called again to see whether it gives the same: it changes nothing."""

_ANEW = (
    *(logging.Logger, logging.LoggerAdapter, contextvars.ContextVar, string.Template),
    *(asyncio.Lock, asyncio.Semaphore, asyncio.Event, asyncio.Condition, random.Random),
    *(type(threading.Lock()), type(threading.RLock()), struct.Struct, itertools.count),
    *(typing.TypeVar, typing.ParamSpec, typing.NewType, type, types.GenericAlias),
    *(types.UnionType, types.FunctionType, types.MethodType, enum.Enum, types.MappingProxyType),
    *(functools.partial, collections.defaultdict, collections.deque, re.Pattern, Context),
)
"""What is made again as it was typed, in a module."""

_ALLOWED = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.Attribute, ast.Subscript),
    *(ast.Slice, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.JoinedStr),
    *(ast.FormattedValue, ast.Starred, ast.keyword, ast.Call, ast.expr_context, ast.operator),
    *(ast.unaryop, ast.boolop, ast.cmpop, ast.ListComp, ast.SetComp, ast.DictComp),
    *(ast.GeneratorExp, ast.comprehension),
)

NOT_SETTLED = object()
"""Stands for the value of an expression that is not run again."""


def reads_environment(node: ast.AST) -> bool:
    """Whether an expression takes something from the environment's variables."""
    names = {"environ", "getenv"}
    return any(
        getattr(each, "attr", None) in names or getattr(each, "id", None) in names
        for each in ast.walk(node)
    )


def again(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """What a harmless expression gives now; NOT_SETTLED where it is not one, or fails."""
    inner = {
        name.id
        for each in ast.walk(node)
        if isinstance(each, ast.comprehension)
        for name in ast.walk(each.target)
        if isinstance(name, ast.Name)
    }
    for each in ast.walk(node):
        if not isinstance(each, _ALLOWED):
            return NOT_SETTLED
        if isinstance(each, ast.Call) and not _harmless(each.func, namespace, inner):
            return NOT_SETTLED
    try:
        compiled = compile(ast.Expression(node), "<typed>", "eval")
        return eval(compiled, dict(namespace))
    except Exception:
        return NOT_SETTLED


def _harmless(func: ast.expr, namespace: Mapping[str, Any], inner: set[str]) -> bool:
    """Whether calling this changes nothing: known by what it is, or a method of a plain value."""
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Constant):
        return True
    called = reached(func, namespace)
    if isinstance(func, ast.Name) and func.id in inner:
        return False
    return any(called is each for each in _PLAIN_CALLS) or (
        isinstance(called, types.BuiltinMethodType) and isinstance(called.__self__, str | bytes)
    )


def reached(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """What a dotted name stands for; None where it is not one, or not there."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        owner = reached(node.value, namespace)
        return inspect.getattr_static(owner, node.attr, None) and getattr(owner, node.attr, None)
    return None


def made_anew(value: object) -> bool:
    """Whether a call, as it was typed, may make this again in a module."""
    return isinstance(value, _ANEW) or type(value).__module__ == "__main__"


def held_live(value: object, depth: int = 3) -> str | None:
    """What an object of the notebook's classes holds that cannot be made again, in words."""
    for name, each in getattr(value, "__dict__", {}).items():
        if made_anew(each):
            inner = held_live(each, depth - 1) if depth else None
            if inner is not None and type(each).__module__ == "__main__":
                return f"{name}.{inner}"
            continue
        try:
            literal(each)
        except NoLiteralError as exc:
            if not isinstance(each, types.ModuleType | types.BuiltinFunctionType):
                return f"{name}: {exc}"
    return None


def gives_function(
    expression: ast.expr, function: types.FunctionType, namespace: Mapping[str, Any]
) -> bool:
    """Whether an expression may have given this function, and not one that it stood for before."""
    if not isinstance(expression, ast.Call):
        return again(expression, namespace) is function
    maker = reached(expression.func, namespace)
    if any(again(each, namespace) is function for each in expression.args):
        return True  # a decorator that gives back what it was given
    if isinstance(maker, types.FunctionType) and maker.__module__ == "__main__":
        return function.__code__.co_qualname.startswith(f"{maker.__code__.co_qualname}.")
    return function.__code__.co_filename == getattr(
        getattr(maker, "__code__", None), "co_filename", None
    )


def changed_closure(function: types.FunctionType, call: ast.expr | None, origin: Any) -> str | None:
    """Which variable of a closure cannot be told to be as it was when the function was made.

    Args:
        function: A function that was made within another one.
        call: The call that made it, as it was typed.
        origin: Where its maker was typed.
    """
    code, cells = function.__code__, function.__closure__ or ()
    maker = reached(call.func, origin.namespace) if isinstance(call, ast.Call) else None
    given = _given(maker, call, origin.namespace)
    body = _body_of(maker, origin)
    for name, cell in zip(code.co_freevars, cells, strict=True):
        try:
            value = cell.cell_contents
        except ValueError:
            return name
        if name in given and same(value, given[name]):
            continue
        if isinstance(value, types.FunctionType | type | types.ModuleType):
            continue
        if body is None or not _as_assigned(name, value, body, origin.namespace | given):
            return name
    return None


def _given(maker: Any, call: ast.expr | None, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call, as they are now."""
    if maker is None or not isinstance(call, ast.Call):
        return {}
    args = [again(each, namespace) for each in call.args]
    named = {each.arg: again(each.value, namespace) for each in call.keywords if each.arg}
    try:
        bound = inspect.signature(maker).bind(*args, **named)
    except (TypeError, ValueError):
        return {}
    bound.apply_defaults()
    return {name: value for name, value in bound.arguments.items() if value is not NOT_SETTLED}


def _body_of(maker: Any, origin: Any) -> ast.AST | None:
    statements = origin.binding(getattr(maker, "__name__", "")) if maker is not None else []
    return next((each.node for each in statements), None)


def _as_assigned(name: str, value: object, body: ast.AST, namespace: Mapping[str, Any]) -> bool:
    """Whether a variable was assigned once, by an expression that gives this value."""
    found = [
        node.value
        for node in ast.walk(body)
        if isinstance(node, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    return len(found) == 1 and same(again(found[0], namespace), value)


def path_is_temporary(value: object) -> bool:
    """Whether a path lies in the folder for what may be thrown away."""
    return isinstance(value, pathlib.Path) and pathlib.Path(tempfile.gettempdir()) in value.parents
