"""Which global names a text needs: all of them, and those that it needs when it is run."""

import ast
import symtable
from collections.abc import Iterator


def global_names(text: str) -> set[str]:
    """The names that a text takes from its module or from the builtins, functions in it too.

    What it binds itself is among them where it is also used. Annotations count, those in quotes
    as well.

    Raises:
        SyntaxError: It cannot stand at the top level of a module.
    """
    names = set(_used(symtable.symtable(text, "<cell>", "exec")))
    for node in ast.walk(ast.parse(text)):
        for annotation in _annotations(node):
            names |= _quoted(annotation)
    return names


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() if outermost else symbol.is_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _used(inner)


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.arg() | ast.AnnAssign() if node.annotation is not None:
            yield node.annotation
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.returns is not None:
            yield node.returns


def _quoted(annotation: ast.expr) -> set[str]:
    found = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = ast.parse(node.value, mode="eval")
            except SyntaxError:
                continue
            found |= {each.id for each in ast.walk(inner) if isinstance(each, ast.Name)}
    return found


def names_at_once(text: str) -> set[str]:
    """Those that must be there when a text is run: not what only the body of a function needs."""
    found: set[str] = set()
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= global_names(ast.unparse(node))
            continue
        args = node.args
        parts = [*node.decorator_list, *args.defaults, *(d for d in args.kw_defaults if d)]
        parts += _annotations(node)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        parts += [each.annotation for each in every if each and each.annotation]
        for part in parts:
            found |= {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
    return found


def globals_set(text: str) -> set[str]:
    """The names that functions in a text declare global: they change them."""
    return {
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Global)
        for name in node.names
    }
