"""Expressions, broken into lines as ruff breaks them, in the quotes that it gives them."""

import ast
import io
import tokenize

from event_collector_widgets.export.literals import WIDTH, quoted

_BRACKETS: dict[type, tuple[str, str]] = {
    ast.List: ("[", "]"),
    ast.Tuple: ("(", ")"),
    ast.Set: ("{", "}"),
    ast.Dict: ("{", "}"),
}


def laid_out(text: str, indent: int, before: int = 0, behind: int = 1) -> str:
    """An expression of one line, broken at its items where it is too long for one.

    Args:
        text: The expression.
        indent: By how many spaces its first line is indented.
        before: How many characters stand before it in that line.
        behind: How many stand behind it.
    """
    if indent + before + len(text) + behind <= WIDTH:
        return text
    node = ast.parse(text, mode="eval").body
    if isinstance(node, ast.Call):
        opening, closing = f"{_part(text, node.func)}(", ")"
    elif type(node) in _BRACKETS:
        opening, closing = _BRACKETS[type(node)]
    else:
        return text
    items = _items(text, node)
    if not items:
        return text
    inner = indent + 4
    lines = [f"{' ' * inner}{name}{laid_out(each, inner, len(name))},\n" for name, each in items]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


def _items(text: str, node: ast.expr) -> list[tuple[str, str]]:
    """What stands in each line of its own: what is before the expression, and the expression."""
    match node:
        case ast.Call():
            named = [(f"{each.arg}=" if each.arg else "**", each.value) for each in node.keywords]
            parts = [*(("", each) for each in node.args), *named]
        case ast.Dict():
            parts = [
                ("**" if key is None else f"{_part(text, key)}: ", value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        case ast.List() | ast.Tuple() | ast.Set():
            parts = [("", each) for each in node.elts]
        case _:
            parts = []
    return [(name, _part(text, each)) for name, each in parts]


def _part(text: str, node: ast.AST) -> str:
    return ast.get_source_segment(text, node) or ""


def in_quotes(text: str) -> str:
    """An expression of one line, its texts in the quotes that ruff gives them."""
    tokens = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        plain = token.type == tokenize.STRING and not token.string.endswith(("'''", '"""'))
        tokens.append((token.start, token.end, quoted(token.string) if plain else None))
    for (_, start), (_, end), new in reversed(tokens):
        if new is not None:
            text = text[:start] + new + text[end:]
    return text
