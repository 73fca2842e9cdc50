"""The modules of the page as one: a widget carries one module, and a file has nothing beside it.

What stands in `static/` are plain ES modules, which a browser loads as they are. They are put
together by taking out the lines that import one from another; so no two have a name in common.
"""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) )", re.MULTILINE)


@cache
def joined(*names: str) -> str:
    """These modules and all that they import, each after those that it needs, as one script."""
    texts: dict[str, str] = {}
    for name in names:
        _gather(name, texts)
    return "\n".join(texts.values())


def _gather(name: str, texts: dict[str, str]) -> None:
    if name in texts:
        return
    text = (STATIC / f"{name}.js").read_text(encoding="utf-8")
    for needed in _IMPORT.findall(text):
        _gather(needed, texts)
    texts[name] = _EXPORT.sub("", _IMPORT.sub("", text))


@cache
def style(*names: str) -> str:
    """These sheets of style, one after the other."""
    return "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in names)
