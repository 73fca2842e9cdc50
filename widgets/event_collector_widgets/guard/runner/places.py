"""Where something failed, in a line: the notebook, the cell and the line in it."""

import itertools
import re
from collections.abc import Mapping, Sequence

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
IN_A_CELL = re.compile(r"\bCell In\[(\d+)\], line (\d+)")
"""A frame of a traceback that lies in a cell."""
SEVERAL = re.compile(r"GuardError: \d+ failures beside the cells$")
"""Below it stands a line for each of them."""
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
    lines = [line for line in plain(trace).splitlines() if line.strip()]
    several = next((at for at, line in enumerate(lines) if SEVERAL.match(line)), None)
    if several is None:
        return f"{place(notebook, cell, trace)}: {headline(lines)}"
    each = itertools.takewhile(lambda line: line.startswith("- "), lines[several + 1 :])
    said = [line.removeprefix("- ") for line in each]
    return "\n".join(f"{place(notebook, cell, line)}: GuardError: {line}" for line in said)


def headline(lines: Sequence[str]) -> str:
    """The line of a traceback that says what failed: the guard's begins with it, others end so."""
    said = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(:|$)", line)]
    ours = [line for line in said if line.startswith("GuardError: ")]
    return (ours or said[-1:] or list(lines[-1:]) or [""])[0]
