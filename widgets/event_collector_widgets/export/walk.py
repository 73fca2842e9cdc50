"""The walk: from the collectors to all that they need, statement by statement."""

import ast
import builtins
import inspect
import sys
import types
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from event_collector._text import one_line
from event_collector_widgets import gallery
from event_collector_widgets.export.cells import (
    HISTORY,
    SHELL,
    Origin,
    Statement,
    bound_by,
    of_module,
)
from event_collector_widgets.export.drifted import drifted
from event_collector_widgets.export.fitting import alias_of, branches, fits
from event_collector_widgets.export.imports import Import, lies_beside
from event_collector_widgets.export.item import Item
from event_collector_widgets.export.literals import (
    NoLiteralError,
    from_environment,
    literal,
    quoted,
)
from event_collector_widgets.export.settled import path_is_temporary, reached, reads_environment
from event_collector_widgets.export.uses import global_names, globals_set, names_at_once
from event_collector_widgets.export.values import Values

JUPYTER = {"IPython", "ipywidgets", "ipykernel", "anywidget", "traitlets", "nest_asyncio2"}
"""Packages that a service does not have."""

IN_MODULES = {"__name__", "__doc__", "__file__", "__spec__", "__package__", "__annotations__"}
"""Names that every module has, of its own."""


class Walk:
    """Finds what is needed, and what is in the way.

    Args:
        home: What the notebook has typed.
    """

    def __init__(self, home: Origin) -> None:
        self.home = home
        self.items: list[Item] = []
        self.imports: set[Import] = set()
        self.problems: list[str] = []
        """What cannot be written, and what to do."""
        self.notes: list[str] = []
        """What is written in another way than it was typed, and what comes from elsewhere."""
        self.future_annotations = False
        self._names: dict[str, Origin] = {}
        self._gallery = of_module(gallery)
        self._values = Values(self)

    # What others ask for

    def need(self, name: str, origin: Origin, by: str) -> None:
        """Have a global name in the module, and all that it needs.

        Args:
            name: The name.
            origin: Whose name it is.
            by: What needs it, in words.
        """
        if name in self._names:
            if self._names[name] is not origin and not self._same_in_both(name, origin):
                self.problem(f"{name!r} is in the notebook and in the gallery: rename yours")
            return
        if name in IN_MODULES or (
            name not in origin.namespace and hasattr(builtins, name) and name not in _OF_THE_SHELL
        ):
            return
        if _bare(origin.namespace.get(name)) is getattr(builtins, name, origin):
            return  # IPython wraps `open`
        if name not in origin.namespace and any(each.binds == name for each in self.imports):
            return  # what a literal needs
        self._names[name] = origin
        refused = self._refused(name, origin)
        if refused is not None:
            self.problem(f"{by} uses {name!r}, {refused}")
            return
        self._take(name, origin, by)

    def expression(self, value: Any, by: str) -> str | None:
        """How the module names a function, a class or another object; None where it cannot."""
        own = getattr(value, "__name__", None)
        space = self.home.namespace
        mine = [n for n, each in space.items() if each is value and not n.startswith("_")]
        if any(value is each for each in gallery.GALLERY.values()):
            self.need(value.__name__, self._gallery, by)
            return str(own)
        if mine:
            name = own if own in mine else min(mine)
            self.need(name, self.home, by)
            return str(name)
        if isinstance(value, types.MethodType):
            owner = self.expression(value.__self__, by)
            return None if owner is None else f"{owner}.{value.__name__}"
        if isinstance(value, partial):
            return self._partial(value, by)
        module = getattr(value, "__module__", "__main__")
        found = getattr(sys.modules.get(module), str(own), None)
        if found is value and module.partition(".")[0] not in {"__main__", *_NOT_SERVED}:
            self.add_import(Import(module, str(own)))
            return str(own)
        return None

    def problem(self, said: str) -> None:
        """Note what is in the way, once."""
        if said not in self.problems:
            self.problems.append(said)

    def note(self, said: str) -> None:
        """Note what a user should know before it is written, once."""
        if said not in self.notes:
            self.notes.append(said)

    def add_import(self, new: Import) -> None:
        """Have an import in the module. One name cannot stand for two things."""
        for each in self.imports:
            if each.binds == new.binds and each[:3] != new[:3]:
                if each.name is new.name is None and each.alias is new.alias is None:
                    continue  # `import a.b` beside `import a.c`
                self.problem(f"{new.binds!r} is imported twice, from different places: rename one")
        if not any(each[:3] == new[:3] for each in self.imports):
            self.imports.add(new)

    def uses(self, text: str, origin: Origin, by: str) -> set[str]:
        """Need what a text needs; return the names."""
        try:
            names = global_names(text)
        except SyntaxError:
            self.problem(f"{by} awaits at the top level of its cell: do that in a lifecycle")
            return set()
        for name in sorted(names):
            self.need(name, origin, by)
        return names

    def item(self, text: str, origin: Origin, statement: Statement | None, by: str) -> Item:
        """Have a piece of text in the module, with what it needs."""
        if statement is None:
            order, binds = (origin.rank, -1, len(self.items)), frozenset({text.partition(" ")[0]})
        else:
            order = (origin.rank, *statement.order)
            binds = frozenset(bound_by(statement.node))
            if text == statement.typed():  # it is there once, for all the names that it binds
                self._names |= dict.fromkeys(binds, origin)
        new = Item(order, text, binds)
        self.items.append(new)
        names = self.uses(text, origin, by)
        if names:
            new.names, new.at_once = names, names_at_once(text)
        return new

    def attempt(self, step: Callable[[], object]) -> bool:
        """Take a step; have all as it was before if something came in its way."""
        before = (self.items, self.imports, self.problems, self.notes, self._names)
        self.items, self.imports = [*self.items], {*self.imports}
        self.problems, self.notes, self._names = [], [*self.notes], {**self._names}
        step()
        went, self.problems = not self.problems, before[2]
        if not went:
            self.items, self.imports, _, self.notes, self._names = before
        return went

    def string_only(self, names: Iterable[str], used: set[str]) -> None:
        """Mark the imports that no code names, so that ruff does not take them away."""
        for each in list(self.imports):
            if each.binds in names and each.binds not in used:
                self.imports.remove(each)
                self.imports.add(each._replace(string=True))

    def finish(self) -> None:
        """Say what can be told when all is known."""
        self._values.finish()

    # Within

    def _same_in_both(self, name: str, origin: Origin) -> bool:
        return self._names[name].namespace.get(name) is origin.namespace.get(name)

    def _partial(self, value: partial[Any], by: str) -> str | None:
        called = self.expression(value.func, by)
        if called is None:
            return None
        try:
            args = [literal(each) for each in value.args]
            named = {name: literal(each) for name, each in value.keywords.items()}
        except NoLiteralError as exc:
            self.problem(f"{by} is a partial with an argument without a literal: {exc}")
            return called
        for each in [*args, *named.values()]:
            for needed in each.imports:
                self.add_import(needed)
        self.add_import(Import("functools", "partial"))
        parts = [called, *(a.text for a in args), *(f"{n}={v.text}" for n, v in named.items())]
        return f"partial({', '.join(parts)})"

    def _refused(self, name: str, origin: Origin) -> str | None:
        """Why a name cannot stand in a module at all."""
        if name == "display":
            return "which shows things in a notebook only: log or print them, or return them"
        if name == "get_ipython":
            return "which is the notebook's: a module has no IPython"
        if origin is self.home and HISTORY.fullmatch(name) and not origin.names(name):
            return "which IPython keeps for the notebook: give the value a name of its own"
        if name not in origin.namespace:
            return "which the notebook does not have: run the cell that defines it"
        value = origin.namespace[name]
        if any("get_ipython()" in each.typed() for each in origin.binding(name)[:1]):
            return None  # made by a magic or a !command, which says more
        if _root(type(value)) in _NOT_SERVED and not isinstance(value, types.ModuleType):
            what = type(value).__name__
            if what == "Workbench":
                return (
                    "the workbench: the module has a queue of its own. Put what it needs into the "
                    "context, or send from the input"
                )
            return f"a {what}: that needs Jupyter, and a service has none"
        return None

    def _take(self, name: str, origin: Origin, by: str) -> None:
        """Take the newest statement that gives a name what it stands for now."""
        value = origin.namespace[name]
        candidates = origin.binding(name)
        overtaken = False
        for statement in candidates:
            how = fits(statement, name, value, overtaken=overtaken)
            if how == "import":
                self._import(statement, name, value, by)
                for target, cell in origin.set_later(name, statement):
                    self.note(f"{target}, which {cell} has set, is not set in the module")
                return
            if how == "definition":
                self._define(statement, name, origin)
                return
            if how == "value" and self._values.take(statement, name, value, origin):
                return
            overtaken |= how == "value"
        self._values.fall_back(name, value, origin, candidates, by)

    def _import(self, statement: Statement, name: str, value: Any, by: str) -> None:
        alias = alias_of(statement, name)
        root = alias.module.partition(".")[0]
        if any(value is each for each in gallery.GALLERY.values()):
            if name != value.__name__:
                self.problem(f"{name!r} is the gallery's {value.__name__}: import it by that name")
            self._names[name] = self._gallery
            self._take(value.__name__, self._gallery, by)
            return
        if root in _NOT_SERVED or (alias.module == "builtins"):
            self.problem(f"{by} uses {name!r} of {root}: that needs Jupyter, a service has none")
            return
        if alias.module == "__future__":
            return
        self.add_import(alias)
        if (said := lies_beside(root)) is not None:
            self.note(said)

    def _define(self, statement: Statement, name: str, origin: Origin) -> None:
        """A function or class, or a branch with several, as it was typed."""
        where = f"{name!r} ({statement.source.words})"
        if isinstance(statement.node, ast.If | ast.Try):
            bad = branches(statement.node)
            if bad is not None:
                self.problem(
                    f"{where} is defined in a branch together with {bad}: define it by itself at "
                    "the top level of a cell"
                )
                return
        left_out = [
            each
            for each in getattr(statement.node, "decorator_list", [])
            if self._is_ours(each, origin)
        ]
        text = statement.typed(left_out)
        if any(word in text for word in SHELL[1:]) and "get_ipython()" in text:
            self.problem(f"{where} uses a magic or a !command: write it in Python")
            return
        for said in drifted(statement, name, origin):
            self.problem(f"{where} {said}")
        code = getattr(getattr(origin.namespace.get(name), "__code__", None), "co_flags", 0)
        self.future_annotations |= bool(code & _FUTURE_ANNOTATIONS)
        for other in bound_by(statement.node):
            self._names[other] = origin
        if not any(each.text == text for each in self.items):
            self.item(text, origin, statement, where)
            for changed in globals_set(text):
                self._values.changed_by.setdefault(changed, name)
            for given in origin.decorated_by(name, statement):
                if not any(each.text == given.typed() for each in self.items):
                    self.item(given.typed(), origin, given, where)

    def _is_ours(self, decorator: ast.expr, origin: Origin) -> bool:
        """Whether a decorator makes a collector of the function below it."""
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(called, ast.Attribute) or called.attr != "collector":
            return False
        owner = reached(called.value, origin.namespace)
        return owner is None or _root(type(owner)) == "event_collector_widgets"

    def environment(self, name: str, value: Any) -> str | None:
        """`os.environ["NAME"]` for a text that came from there, and say so."""
        variable = from_environment(value)
        if variable is None:
            return None
        self.add_import(Import("os"))
        self.note(f"{name} is the same text as the environment variable {variable}: read there")
        return f"os.environ[{quoted(repr(variable))}]"

    def say_environment(self, name: str, node: ast.AST) -> bool:
        """Say that a value is read from the environment as it was typed; whether it is."""
        if not reads_environment(node):
            return False
        self.note(f"{name} is read from the environment, as it was typed")
        return True

    def say_temporary(self, name: str, value: Any) -> None:
        """Say that a path lies where files are thrown away."""
        if path_is_temporary(value):
            self.note(
                f"{name} = {one_line(str(value))} lies in the folder for temporary files: "
                "give it a lasting place in a cell"
            )


_FUTURE_ANNOTATIONS = 0x1000000
_NOT_SERVED = {*JUPYTER, "event_collector_widgets"}
_OF_THE_SHELL = {"display", "get_ipython"}


def _bare(value: object) -> object:
    """A function without what wraps it."""
    return inspect.unwrap(value) if isinstance(value, types.FunctionType) else value


def _root(kind: type) -> str:
    return kind.__module__.partition(".")[0]
