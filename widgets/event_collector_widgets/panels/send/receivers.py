"""Receivers: who would get a payload, and who got it, told shortly however many they are."""

from collections import Counter
from collections.abc import Sequence

from event_collector import Error, Explanation, ResultList
from event_collector._text import one_line
from event_collector_widgets.panels.parts.menus import escaped

MOST = 50
"""How many lines the list has at most, but for those that count the others."""
_FIRST = 30
"""How many of those who get it have a line each."""
_REASONS = 3
"""How many reasons are told of those without a line."""
_LONGEST = 160
_LINE = 80
"""So many characters of a line, with its tags, are one line on a narrow page."""
_HIGH = 5
"""So many lines are seen without scrolling."""
_FEW = 3
"""So many results at most are told one by one."""
_NAMED = 5
"""So many collectors with an Error are named."""


def receivers_html(explained: Sequence[Explanation], what: str = "") -> str:
    """Those who get it first, then why the others do not.

    Args:
        explained: For every collector, whether it would get the payload and why.
        what: Of which payload this is said, if there are several.
    """
    got = [each for each in explained if each.receives]
    others = [each for each in explained if not each.receives]
    told = f"{len(got):,} of {len(explained):,}" if got else "nobody"
    kind = "ec-note" if got else "ec-warning"
    head = f'<div class="{kind}">{escaped(what)}would reach {told}</div>'
    lines = _lines(got, _FIRST if others else MOST, "ec-yes", "more get it")
    shown = min(len(got), _FIRST)
    lines += _lines(others, MOST - shown, "ec-no", "more do not")
    return head + listed(lines)


def listed(lines: Sequence[str]) -> str:
    """A list of such lines; one that may be too long for its place is scrolled by keyboard too."""
    high = sum(1 + len(line) // _LINE for line in lines)
    reached = ' tabindex="0" aria-label="who would get it"' if high > _HIGH else ""
    return f'<ul class="ec-who"{reached}>{"".join(lines)}</ul>'


def _lines(some: Sequence[Explanation], most: int, kind: str, more: str) -> list[str]:
    lines = [
        f'<li class="{kind}"><b>{_text(each.key)}</b> {_text(each.reason)}</li>'
        for each in some[:most]
    ]
    reasons = Counter(each.reason for each in some[most:])
    for reason, count in reasons.most_common(_REASONS):
        lines.append(f'<li class="{kind}">and {count:,} {more}: {_text(reason)}</li>')
    rest = reasons.total() - sum(count for _, count in reasons.most_common(_REASONS))
    if rest:
        lines.append(f'<li class="{kind}">and {rest:,} {more}, for other reasons</li>')
    return lines


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]} ..."
    return escaped(text if text.isprintable() else one_line(text, _LONGEST))


def outcome(number: int, results: ResultList) -> str:
    """What became of an event, in one line: its few results, or how many there are of each kind.

    "event 3: audit: Ok(1)" or "event 3: 26 Ok, 2 errors: audit, billing".
    """
    if not results.delivered:
        return f"event {number} reached nobody: {one_line(results.first())}"
    pairs = [(key or "?", result) for key, result in zip(results.keys, results, strict=True)]
    if len(pairs) <= _FEW:
        told = ", ".join(f"{key}: {one_line(result)}" for key, result in pairs)
        if len(told) <= _LONGEST or len(pairs) == 1:
            return f"event {number}: {told}"
    wrong = [key for key, result in pairs if isinstance(result, Error)]
    ok = len(pairs) - len(wrong)
    parts = [f"{ok:,} Ok"] if ok else []
    if wrong:
        named = ", ".join(one_line(key, _LONGEST) if "\n" in key else key for key in wrong[:_NAMED])
        more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
        parts.append(f"{len(wrong):,} {'error' if len(wrong) == 1 else 'errors'}: {named}{more}")
    return f"event {number}: {', '.join(parts)}"
