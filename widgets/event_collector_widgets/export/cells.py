"""What was typed: the notebook's cells, or a module, as statements that bind names."""

import ast
import linecache
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from event_collector_widgets.kernel import shell

SHELL = ("get_ipython", "run_line_magic", "run_cell_magic", "getoutput", "system")
"""What IPython makes of `%magics`, `!commands` and `%%cells`."""


@dataclass(frozen=True)
class Source:
    """A cell, or a module: a text with the statements in it."""

    words: str
    """How a person finds it: "cell [3]"."""
    place: int
    """Its place among the sources of its origin."""
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Those at its top level; none where the text is not Python."""
        try:
            return ast.parse(self.text).body
        except SyntaxError:
            return []

    @cached_property
    def within_magic(self) -> str | None:
        """The text below a `%%magic`, which IPython runs as it likes."""
        for node in self.statements:
            call = getattr(node, "value", None)
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "run_cell_magic"
                and all(isinstance(each, ast.Constant) for each in call.args)
            ):
                return str(ast.literal_eval(call.args[-1]))
        return None


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a source."""

    source: Source
    node: ast.stmt

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among the statements of its origin."""
        return self.source.place, self.node.lineno

    @property
    def begins(self) -> int:
        """Its first line, with decorators."""
        decorators: list[ast.expr] = getattr(self.node, "decorator_list", [])
        return min([self.node.lineno, *(each.lineno for each in decorators)])

    @property
    def ends(self) -> int:
        """Its last line."""
        return self.node.end_lineno or self.node.lineno

    def typed(self, without: Collection[ast.expr] = ()) -> str:
        """It as it was typed, with the comments above it, and without some of its decorators."""
        lines = self.source.lines
        if not self._alone():
            return ast.get_source_segment(self.source.text, self.node) or ""
        left_out = {n for each in without for n in range(each.lineno, _end(each) + 1)}
        first = self.begins
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        in_text = _lines_in_texts(self.node)
        return "\n".join(
            lines[n - 1] if n in in_text else lines[n - 1].rstrip()
            for n in range(first, self.ends + 1)
            if n not in left_out
        )

    def _alone(self) -> bool:
        """Whether no other statement stands in its lines."""
        for other in self.source.statements:
            if other is not self.node and (
                self.begins <= (other.end_lineno or 0) and other.lineno <= self.ends
            ):
                return False
        rest = self.source.lines[self.ends - 1].encode()[self.node.end_col_offset or 0 :]
        return not rest.lstrip().startswith(b";")


def _lines_in_texts(node: ast.AST) -> set[int]:
    """The lines that end within a text over several of them: white space there is part of it."""
    texts = [each for each in ast.walk(node) if isinstance(each, ast.Constant | ast.JoinedStr)]
    return {line for each in texts for line in range(each.lineno, _end(each))}


def _end(node: ast.expr) -> int:
    return node.end_lineno or node.lineno


class Origin:
    """Where names come from: variables, and the statements that have bound them.

    Args:
        namespace: The variables.
        sources: What was typed, the oldest first.
        rank: Its place among the origins: what the notebook has typed comes last.
    """

    def __init__(self, namespace: Mapping[str, Any], sources: list[Source], rank: int) -> None:
        self.namespace = namespace
        self.sources = sources
        self.rank = rank

    @cached_property
    def _bound(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        for source in self.sources:
            for node in source.statements:
                for name in bound_by(node):
                    found.setdefault(name, []).append(Statement(source, node))
        return found

    def binding(self, name: str) -> list[Statement]:
        """The statements that bind a name, the newest first; those with a star come last."""
        stars = [
            Statement(source, node)
            for source in reversed(self.sources)
            for node in source.statements
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        ]
        return [*reversed(self._bound.get(name, [])), *stars]

    def names(self, name: str) -> bool:
        """Whether a statement binds a name, and says so."""
        return name in self._bound

    def decorated_by(self, name: str, after: Statement) -> Iterator[Statement]:
        """Later functions that are given to what a name stands for, as by `@name.register`."""
        for source in self.sources:
            for node in source.statements:
                for each in getattr(node, "decorator_list", []):
                    called = each.func if isinstance(each, ast.Call) else each
                    owner = called.value if isinstance(called, ast.Attribute) else None
                    later = (source.place, node.lineno) > after.order
                    if later and isinstance(owner, ast.Name) and owner.id == name:
                        yield Statement(source, node)

    def set_later(self, name: str, after: Statement) -> Iterator[tuple[str, str]]:
        """What later statements at the top level set of a name, such as `name.limit`, and where."""
        for source in self.sources:
            for node in source.statements:
                if (source.place, node.lineno) <= after.order:
                    continue
                for target in _set_by(node):
                    owner = target
                    while isinstance(owner, ast.Attribute | ast.Subscript):
                        owner = owner.value
                    if isinstance(owner, ast.Name) and owner.id == name:
                        yield ast.unparse(target), source.words

    def under_magic(self, name: str) -> Source | None:
        """The cell with a `%%magic` that binds a name, if one does."""
        for source in reversed(self.sources):
            if source.within_magic is not None:
                inner = Source(source.words, source.place, source.within_magic)
                if any(name in bound_by(node) for node in inner.statements):
                    return source
        return None

    def calls(self) -> Iterator[tuple[Source, ast.Call]]:
        """Every call in the sources, those of the newest first."""
        for source in reversed(self.sources):
            for statement in source.statements:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Call):
                        yield source, node


def _set_by(node: ast.stmt) -> list[ast.expr]:
    """The attributes and items that a statement sets."""
    match node:
        case ast.Assign():
            targets = node.targets
        case ast.AugAssign() | ast.AnnAssign():
            targets = [node.target]
        case _:
            targets = []
    return [each for each in targets if isinstance(each, ast.Attribute | ast.Subscript)]


def bound_by(node: ast.AST) -> set[str]:
    """The names that a statement at the top level binds, by itself or in its branches."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {_bound_name(node, alias) for alias in node.names} - {"*"}
        case ast.Assign():
            return {name for target in node.targets for name in _targets(target)}
        case ast.AnnAssign() if node.value is not None:
            return _targets(node.target)
        case ast.TypeAlias():
            return _targets(node.name)
        case ast.If():
            return {name for each in [*node.body, *node.orelse] for name in bound_by(each)}
        case ast.Try():
            parts = [*node.body, *node.orelse, *node.finalbody]
            parts += [each for handler in node.handlers for each in handler.body]
            return {name for each in parts for name in bound_by(each)}
    return set()


def _bound_name(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    whole = alias.asname or alias.name
    return whole if isinstance(node, ast.ImportFrom) else whole.partition(".")[0]


def _targets(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Tuple | ast.List):
        return {name for each in target.elts for name in _targets(each)}
    return _targets(target.value) if isinstance(target, ast.Starred) else set()


def notebook() -> Origin:
    """The cells that this kernel has run, and its variables.

    Raises:
        RuntimeError: There is no IPython here.
    """
    ip: Any = shell()
    if ip is None:
        raise RuntimeError(
            "export writes what was typed in a notebook's cells, and there is no IPython here; "
            "in a script the functions are in a module already: import them, and make a "
            "CollectorQueue"
        )
    typed = enumerate(ip.history_manager.input_hist_parsed)
    cells = [Source(f"cell [{n}]", n, text) for n, text in typed if text]
    return Origin(ip.user_ns, cells or _unkept(ip), 1)


def _unkept(ip: Any) -> list[Source]:
    """The cells of a kernel whose cells have no place in the history: nbval runs them like that."""
    files = [file for file in list(linecache.cache) if ip.compile.format_code_name(file)]
    texts = ["".join(linecache.getlines(file)).rstrip("\n") for file in files]
    return [Source("a cell", n, text) for n, text in enumerate(texts)]


def of_module(module: ModuleType, rank: int = 0) -> Origin:
    """A module as it stands in its file."""
    text = "".join(linecache.getlines(module.__file__ or ""))
    return Origin(vars(module), [Source(module.__name__, 0, text.rstrip("\n"))], rank)


def typed_as(code: Any) -> tuple[str, int]:
    """The text in whose lines a code object was compiled, and its first line."""
    return "".join(linecache.getlines(code.co_filename)).rstrip("\n"), code.co_firstlineno


HISTORY = re.compile(r"_+|_i+|_i?\d+|_(?:dh|oh|ih)|In|Out|exit|quit")
"""Names that IPython itself keeps."""
