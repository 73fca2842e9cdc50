"""Imports: those that a module needs, in the format of ruff."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One name that is imported."""

    module: str
    name: str | None = None
    """What is taken from the module; None: the module itself."""
    alias: str | None = None
    string: bool = False
    """Whether it is only found by a string, so that ruff would take it for unused."""

    @property
    def binds(self) -> str:
        """The name that it binds."""
        return self.alias or self.name or self.module.partition(".")[0]


def written(imports: Iterable[Import], width: int) -> str:
    """The statements, those of the standard library first."""
    groups: list[list[str]] = [[], [], [], []]
    froms: dict[str, set[Import]] = {}
    for each in sorted(set(imports), key=lambda i: (*_by_name(i.module), i.alias or "")):
        if each.name is None:
            groups[_group(each.module)].append(_line(f"import {each.module}", each))
        else:
            froms.setdefault(each.module, set()).add(each)
    for module, parts in sorted(froms.items(), key=lambda i: _by_name(i[0])):
        groups[_group(module)].append(_from(module, parts, width))
    return "\n\n".join("\n".join(group) for group in groups if group)


def _from(module: str, parts: set[Import], width: int) -> str:
    """The statements for a module: one for all its names, and one for each that is renamed."""
    by_string = sorted(each for each in parts if each.string)
    known = {each[:3]: each for each in sorted(parts) if not each.string}
    plain = sorted([each for each in known.values() if each.alias is None], key=_by_kind)
    renamed = [[each] for each in known.values() if each.alias is not None]
    lines = []
    for group in sorted([*filter(None, [plain]), *renamed], key=lambda each: _by_kind(each[0])):
        named = [_alias(each) for each in group]
        line = f"from {module} import {', '.join(named)}"
        if len(line) > width:
            line = f"from {module} import (\n" + "".join(f"    {n},\n" for n in named) + ")"
        lines.append(line)
    lines += [_line(f"from {module} import {_alias(each)}", each) for each in by_string]
    return "\n".join(lines)


def _alias(each: Import) -> str:
    return f"{each.name} as {each.alias}" if each.alias else f"{each.name}"


def _line(text: str, each: Import) -> str:
    if each.name is None and each.alias:
        text += f" as {each.alias}"
    return f"{text}  # noqa: F401" if each.string else text


def _group(module: str) -> int:
    root = module.partition(".")[0]
    if root == "__future__":
        return 0
    return 1 if root in sys.stdlib_module_names else 3 if _beside(root) else 2


def _beside(root: str) -> bool:
    """Whether a module lies in the notebook's own folder, as ruff sees it: the first party."""
    file = getattr(sys.modules.get(root), "__file__", None)
    if file is None:
        return False
    path = Path(file)
    return Path.cwd() == (path.parent.parent if path.stem == "__init__" else path.parent)


def lies_beside(root: str) -> str | None:
    """What is to be known of a module that lies in the notebook's own folder; None of others."""
    if root == "event_collector" or not _beside(root):
        return None
    file = Path(sys.modules[root].__file__ or "")
    name = file.parent.name if file.stem == "__init__" else file.name
    return f"{name} lies beside the notebook: the module needs it beside itself"


def _by_name(name: str) -> tuple[str, str]:
    return name.lower(), name


def _by_kind(each: Import) -> tuple[int, str, str]:
    """Constants, then classes, then the rest, as ruff has them."""
    name = each.name or ""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, *_by_name(name)
