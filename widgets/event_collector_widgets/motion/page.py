"""The page that a run is saved as: one file, with nothing that is asked for from anywhere."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape

from event_collector_widgets.motion.bundle import joined, style
from event_collector_widgets.motion.trace import Trace
from event_collector_widgets.motion.traced import visible

_INDENT = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)
_COMMENT = re.compile(
    r"^\s*/\*.*?\*/\s*?\n|^\s*//[^\n]*\n| +// [^\n\"'`]*$|^\n", re.MULTILINE | re.DOTALL
)
_PLAIN = re.compile(r"\s*([{};,>])\s*|(?<=:) |\n")
"""Of a sheet of style, the blanks that say nothing."""
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})

_START = """
{
  const said = (id) => JSON.parse(document.getElementById(id).textContent);
  const named = said("traces").map(([name, trace]) => [name, readTrace(trace)]);
  const root = document.getElementById("animation");
  const look = said("look");
  const alone = named.length === 1;
  const part = alone ? new Stage(root, named[0][1], look) : new Together(root, named, look);
  const others = (event) => root.contains(event.target) || part.pressed(event);
  document.addEventListener("keydown", others);
}
"""


def page_of(
    parts: Sequence[tuple[str, Trace]], *, title: str, speed: float, pace: str, values: bool
) -> str:
    """A page that plays a trace, or several side by side, in ASCII and the same for the same ones.

    What was sent stands in it as JSON that no browser runs, and is shown as text only. The page's
    policy allows its own script and its own style, by their hashes, and nothing else.
    """
    script = _small(joined("reading", "stage", "together")) + _START
    look = _PLAIN.sub(r"\1", _small(style("motion")))
    options = json.dumps({"title": title or "Animation", "speed": speed, "pace": pace or None})
    data = ",".join(f"[{json.dumps(name)},{trace.to_json()}]" for name, trace in parts)
    data = f"[{data}]"
    note = (
        "This file contains short texts of payloads and results."
        if values
        else "This file contains no texts of payloads or results."
    )
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(look)}; "
        "base-uri 'none'; form-action 'none'"
    )
    shown = escape(visible(title or "Animation")).encode("ascii", "xmlcharrefreplace").decode()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown}</title>\n<style>{look}</style>\n</head>\n<body>\n"
        f'<main id="animation" class="ec-alone"></main>\n<p class="ec-note">{note}</p>\n'
        "<noscript>This page needs JavaScript, which it brings along.</noscript>\n"
        f'<script type="application/json" id="look">{options.translate(_UNSAFE)}</script>\n'
        f'<script type="application/json" id="traces">{data.translate(_UNSAFE)}'
        f'</script>\n<script type="module">{script}</script>\n</body>\n</html>\n'
    )


def _small(text: str) -> str:
    """Without what only readers need; and in ASCII, so that no server can get it wrong."""
    plain = _INDENT.sub("", _COMMENT.sub("", text))
    return "".join(each if each.isascii() else f"\\u{ord(each):04x}" for each in plain)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
