"""The table, as text for a terminal and as Markdown for the README."""

from datetime import date
from pathlib import Path

from benchmarks.environments import PACKAGES
from benchmarks.figures import ENOUGH_ROUNDS, Row, amount, machine, verdict, wanted
from benchmarks.runner import Results
from benchmarks.spec import BARE, OURS, PEER

README = Path(__file__).resolve().parent / "README.md"
BEGIN = "<!-- figures: begin, filled in by python -m benchmarks --readme -->"
END = "<!-- figures: end -->"

_HEAD = ("case", "ours", "peer", "bare", "ours / peer", "ours / bare", "target", "met")
_ALTERNATIVES = ("case", "alternative", "ours", "it", "ours / it")


def as_text(rows: list[Row], results: Results, day: date) -> str:
    """The whole report for a terminal."""
    parts = [_summary(results, day), aligned(_HEAD, _cells(rows))]
    if cells := _alternative_cells(rows):
        parts += [aligned(_ALTERNATIVES, cells), "\n".join(_lacking(rows))]
    parts += [*_notes(results), *failures(results)]
    return "\n\n".join(parts) + "\n"


def as_markdown(rows: list[Row], results: Results, day: date) -> str:
    """The same for the README."""
    parts = [_summary(results, day), _piped(_HEAD, _cells(rows))]
    if cells := _alternative_cells(rows):
        lacking = "\n".join(f"- {line}" for line in _lacking(rows))
        parts += [_piped(_ALTERNATIVES, cells), lacking]
    return "\n\n".join([*parts, *_notes(results), *failures(results)])


def write_readme(text: str) -> None:
    """Put a text between the README's markers.

    Raises:
        ValueError: The markers are not there.
    """
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README.name} has no block between {BEGIN!r} and {END!r}")
    README.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def measured(results: Results, day: date, *, beside: str = "") -> str:
    """When, where and how often it was measured, in a line."""
    facts = machine(day)
    rounds = f"{results.rounds} round" + ("s" if results.rounds > 1 else "")
    return (
        f"{facts['date']}, {facts['python']}, {facts['system']}, {facts['cores']} cores, "
        f"{facts['memory']} of memory; {beside}{rounds}."
    )


def _summary(results: Results, day: date) -> str:
    return measured(results, day, beside=f"peer: {PACKAGES[PEER].pinned}; ")


def _notes(results: Results) -> list[str]:
    how = (
        "Values are medians over the rounds. A ratio is the median of the rounds' own ratios, "
        "with the least and the most. Ratios of rates: more is better; of seconds, bytes and "
        "milliseconds: less."
    )
    notes = [how]
    if results.rounds < ENOUGH_ROUNDS:
        notes.append(f"These are fewer than {ENOUGH_ROUNDS} rounds: take them as a trial.")
    return notes


def failures(results: Results) -> list[str]:
    """What could not be measured, and why, a line each."""
    return [f"failed: {name}: {reason}" for name, reason in results.failures.items()]


def _cells(rows: list[Row]) -> list[list[str]]:
    return [
        [
            row.case.title,
            *(amount(row.medians.get(side), row.case.unit) for side in (OURS, PEER, BARE)),
            *(str(row.ratios.get(side, "-")) for side in (PEER, BARE)),
            wanted(row.case),
            verdict(row),
        ]
        for row in rows
    ]


def _alternative_cells(rows: list[Row]) -> list[list[str]]:
    return [
        [
            row.case.title,
            PACKAGES[name].pinned,
            amount(row.medians.get(OURS), row.case.unit),
            amount(row.medians.get(name), row.case.unit),
            str(row.ratios.get(name, "-")),
        ]
        for row in rows
        if (name := row.case.alternative)
    ]


def _lacking(rows: list[Row]) -> list[str]:
    """What each alternative in the rows goes without."""
    names = dict.fromkeys(row.case.alternative for row in rows if row.case.alternative)
    return [f"{name} ({PACKAGES[name].what}): {PACKAGES[name].lacks}." for name in names]


def aligned(head: tuple[str, ...], cells: list[list[str]]) -> str:
    """A table for a terminal; the second to fourth columns are figures, aligned to the right."""
    widths = [max(len(line[column]) for line in [head, *cells]) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 0 < column < 4 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [head, rule, *cells]
    )


def _piped(head: tuple[str, ...], cells: list[list[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *cells])
