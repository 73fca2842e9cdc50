"""Whether a statement is the one that gave a name what it stands for now."""

import ast
import inspect
import sys
import types
from typing import Any

from event_collector_widgets.export.cells import Statement, bound_by, typed_as
from event_collector_widgets.export.imports import Import


def fits(statement: Statement, name: str, value: Any, *, overtaken: bool = False) -> str | None:
    """In which way a statement gives a name its value: "import", "definition" or "value".

    None where it does not: it was overtaken, or its cell failed before it ran. With `overtaken`, a
    later statement has assigned the name: what a decorator might have made is not its any more.
    """
    node = statement.node
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import" if _imported(node, name) is value else None
    if isinstance(node, ast.If | ast.Try):
        inner = [each for each in _within(node) if name in bound_by(each)]
        if all(isinstance(each, ast.Assign | ast.AnnAssign) for each in inner):
            return None
        return "definition" if _any_defines(statement, inner, name, value) else None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return "definition" if _defines(statement, node, value, overtaken) else None
    return "value"


def _any_defines(statement: Statement, inner: list[ast.stmt], name: str, value: Any) -> bool:
    for each in inner:
        if isinstance(each, ast.Import | ast.ImportFrom):
            if _imported(each, name) is value:
                return True
        elif _defines(statement, each, value):
            return True
    return False


def _within(node: ast.stmt) -> list[ast.stmt]:
    """The statements in the branches of an if or a try."""
    if isinstance(node, ast.If):
        parts = [*node.body, *node.orelse]
    elif isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody]
        parts += [each for handler in node.handlers for each in handler.body]
    else:
        return [node]
    return [each for part in parts for each in _within(part)]


def branches(node: ast.stmt) -> str | None:
    """What stands in the branches that a module should not run again; None: nothing."""
    for each in _within(node):
        if isinstance(each, ast.Pass) or bound_by(each):
            continue
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
            continue
        return ast.unparse(each).partition("\n")[0]
    return None


def _defines(statement: Statement, node: ast.stmt, value: Any, overtaken: bool = False) -> bool:
    """Whether a def or class is what the value was made by, as far as that can be told."""
    if isinstance(node, ast.ClassDef):
        if not isinstance(value, type):
            return bool(node.decorator_list) and not overtaken
        codes = [code for each in vars(value).values() if (code := _code(each)) is not None]
        own = [code for code in codes if code.co_qualname.startswith(f"{node.name}.")]
        typed = [code for code in own if typed_as(code)[0]]
        return not typed or any(_in(statement, code, node) for code in typed)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    code = _code(value)
    if code is not None and code.co_name == node.name:
        return _in(statement, code, node)
    return bool(node.decorator_list) and not overtaken  # a decorator made something else of it


def _code(value: Any) -> types.CodeType | None:
    inner = inspect.unwrap(value) if callable(value) else value
    inner = getattr(inner, "__func__", inner)
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, types.CodeType) else None


def _in(statement: Statement, code: types.CodeType, node: ast.stmt) -> bool:
    text, line = typed_as(code)
    decorators = getattr(node, "decorator_list", [])
    begins = min([node.lineno, *(each.lineno for each in decorators)])
    return text == statement.source.text and begins <= line <= (node.end_lineno or begins)


def _imported(node: ast.Import | ast.ImportFrom, name: str) -> Any:
    """What an import binds to a name, without importing anything."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            if name == (alias.asname or module):
                return sys.modules.get(module, node)
        elif alias.name == "*" or name == (alias.asname or alias.name):
            taken = name if alias.name == "*" else alias.name
            whole = sys.modules.get(f"{node.module}.{taken}", node)
            return getattr(sys.modules.get(node.module or ""), taken, whole)
    return node


def alias_of(statement: Statement, name: str) -> Import:
    """The import of one name, out of a statement that may import several."""
    node = statement.node
    assert isinstance(node, ast.Import | ast.ImportFrom)
    for alias in node.names:
        if isinstance(node, ast.Import):
            if name == (alias.asname or alias.name.partition(".")[0]):
                return Import(alias.name, None, alias.asname)
        elif alias.name == "*":
            return Import(node.module or "", name)
        elif name == (alias.asname or alias.name):
            renamed = alias.asname if alias.asname != alias.name else None
            return Import(node.module or "", alias.name, renamed)
    raise AssertionError(name)
