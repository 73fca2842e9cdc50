"""Where something failed, in a line: the notebook, the cell and the line in it."""

import itertools
import re
from collections.abc import Mapping, Sequence

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
IN_A_CELL = re.compile(r"\bCell In\[(\d+)\], line (\d+)")
"""A frame of a traceback that lies in a cell."""
SEVERAL = re.compile(r"GuardError: \d+ failures beside the cells$")
"""Below it stands a line for each of them."""
FIRST = "Traceback (most recent call last):"
MADE = re.compile(r"\bmade in In\[(\d+)\]")


def plain(text: str) -> str:
    """A text without the colours of a terminal."""
    return COLOURS.sub("", text)


def renumbered(text: str, cells: Mapping[int, int]) -> str:
    """A text with other numbers of its cells.

    Args:
        text: What a kernel says.
        cells: By the number in the text, the one to write.
    """

    def number(match: re.Match[str]) -> str:
        return f"In[{cells.get(int(match[1]), int(match[1]))}]"

    return re.sub(r"(?:\b|(?<=\dm))In\[(\d+)\]", number, text)  # a colour may stand before it


def place(notebook: str, cell: int | None, trace: str) -> str:
    """Where it is to be mended: `notebooks/a.ipynb, In[3], line 4`.

    Args:
        notebook: The notebook's path.
        cell: The number of the cell that failed, as in `In[3]`; None if it was the closing.
        trace: What the kernel showed. Its innermost frame in a cell is the place; without one,
            the cell that made what failed, and at last the cell that failed.
    """
    if frames := IN_A_CELL.findall(plain(trace)):
        return f"{notebook}, In[{frames[-1][0]}], line {frames[-1][1]}"
    if made := MADE.search(plain(trace)):
        return f"{notebook}, In[{made[1]}]"
    return f"{notebook}, at its end" if cell is None else f"{notebook}, In[{cell}]"


def told(notebook: str, cell: int | None, trace: str) -> str:
    """What failed and where, a line for each failure.

    Args:
        notebook: The notebook's path.
        cell: The number of the cell that failed; None if it was the closing.
        trace: What the kernel showed.
    """
    if cell is not None:  # the place may be in another: where what the cell has started is defined
        trace = trace.replace("made in this cell", f"made in In[{cell}]")
    lines = [line for line in plain(trace).splitlines() if line.strip()]
    several = next((at for at, line in enumerate(lines) if SEVERAL.match(line)), None)
    if several is None:
        return f"{place(notebook, cell, trace)}: {headline(lines)}"
    each = itertools.takewhile(lambda line: line.startswith("- "), lines[several + 1 :])
    said = [line.removeprefix("- ") for line in each]
    below = lines[several + 1 + len(said) :]
    places = [place(notebook, cell, f"{line}\n{trace_of(line, below)}") for line in said]
    return "\n".join(f"{at}: GuardError: {line}" for at, line in zip(places, said, strict=True))


def trace_of(line: str, below: list[str]) -> str:
    """The traceback of a failure, of those that stand below the lines; it is taken from them.

    Args:
        line: What the failure's line says. It begins with what its traceback is headed by.
        below: The lines of all tracebacks that are left.
    """
    heads = [at for at, text in enumerate(below) if re.match(r"[^ ].*:$", text) and text != FIRST]
    for head, after in itertools.pairwise([*heads, len(below)]):
        if line.startswith(f"{below[head][:-1]}, made "):
            taken = below[head:after]
            del below[head:after]
            return "\n".join(taken)
    return ""


def headline(lines: Sequence[str]) -> str:
    """The line of a traceback that says what failed: the guard's begins with it, others end so."""
    said = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(:|$)", line)]
    ours = [line for line in said if line.startswith("GuardError: ")]
    late = [line for line in lines if line.startswith("A cell timed out ")]  # nbclient's words
    return (ours or late or said[-1:] or list(lines[-1:]) or [""])[0]
