"""How wide a text is, at most, in a picture that cannot ask the page for it."""

from unicodedata import category, east_asian_width

# Of the letters from " " to "~", in hundredths of the font's size: those of DejaVu Sans, which is
# among the widest that pages are shown in.
_LETTERS = (
    *(32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34),
    *(64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53),
    *(100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79),
    *(60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50),
    *(50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61),
    *(63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84),
)
_OTHERS = {"·": 32, "…": 100, "“": 52, "”": 52, "✓": 84, "✗": 84}
_BOLD = 1.08, 5
"""A bold letter is so many times as wide, and by so much more."""


def width(text: str, size: float = 13, *, bold: bool = False) -> float:
    """How wide a text is, at most."""
    times, more = _BOLD if bold else (1, 0)
    return sum(times * wide + more for wide in map(_letter, text) if wide) * size / 100


def fitting(text: str, room: float, size: float = 13, *, bold: bool = False) -> str:
    """A text, cut where it is wider than there is room."""
    if width(text, size, bold=bold) <= room:
        return text
    left, kept = room - width("…", size, bold=bold), 0
    for letter in text:
        left -= width(letter, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return f"{text[:kept]}…"


def _letter(letter: str) -> int:
    if " " <= letter <= "~":
        return _LETTERS[ord(letter) - 32]
    if (known := _OTHERS.get(letter)) is not None:
        return known
    if category(letter) in ("Mn", "Me"):
        return 0
    if east_asian_width(letter) in "WF":
        return 125  # a picture letter is wider than a square
    return 105 if letter.isupper() or not letter.isalpha() else 75
