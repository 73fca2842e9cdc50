"""Output: text as a terminal shows it, displays, and how much of both is kept."""

import pytest
from event_collector_widgets.output.kept import DISPLAYS, TEXT, Kept, Output, Text
from hypothesis import given
from hypothesis import strategies as st

WRITTEN = st.lists(st.text(alphabet="ab\n\r\b", max_size=12), max_size=12)


def laid_out(*written: str, limit: int = TEXT) -> tuple[str, int]:
    """What a Text keeps, and how much it has lost."""
    text = Text(limit)
    for each in written:
        text.write(each)
    return text.read()


def on_a_screen(written: str) -> str:
    """The same in the simplest way: a character at a time, in a list of lines."""
    lines: list[list[str]] = [[]]
    at = 0
    for each in written:
        if each == "\n":
            lines.append([])
            at = 0
        elif each == "\r":
            at = 0
        elif each == "\b":
            at = max(at - 1, 0)
        else:
            lines[-1][at : at + 1] = [each]
            at += 1
    return "\n".join("".join(line) for line in lines)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\rb", "b"),
        ("long\rno", "nong"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\r", "a"),
        ("ab\bc", "ac"),
        ("\b\ba", "a"),
        ("x\n\by", "x\ny"),
        (" 10%\r 20%\r100%\n", "100%\n"),
    ],
)
def test_carriage_returns_and_backspaces_are_resolved(written: str, kept: str) -> None:
    """Issue 13: as in a terminal, so that a progress bar is one line."""
    assert laid_out(written) == (kept, 0)


@given(WRITTEN)
def test_what_is_kept_is_what_a_screen_shows(written: list[str]) -> None:
    """However it is cut into writes, and read in between."""
    text = Text()
    for each in written:
        text.write(each)
        text.read()
    assert text.read() == laid_out("".join(written)) == (on_a_screen("".join(written)), 0)


@given(WRITTEN, st.integers(0, 20))
def test_what_is_kept_is_the_beginning_and_the_rest_is_counted(
    written: list[str], limit: int
) -> None:
    """With any limit, kept and lost together are all that a screen shows."""
    whole = on_a_screen("".join(written))
    assert laid_out(*written, limit=limit) == (whole[:limit], len(whole[limit:]))


def test_a_bar_that_is_written_for_ever_takes_the_room_of_a_line() -> None:
    """What is kept between two readings is bounded, too."""
    text = Text()
    for each in range(100_000):
        text.write(f"\r{each:6}")
    assert sum(map(len, text._pending)) < TEXT
    assert text.read() == (" 99999", 0)


def test_more_text_than_the_limit_is_told_in_words() -> None:
    """Issue 13: 64 KiB, then a line says how much is missing."""
    kept = Kept()
    kept.write("x" * TEXT)
    assert kept.read().missing == ""
    kept.write("x\ny\n" * 3)
    output = kept.read()
    assert (output.text, output.missing) == ("x" * TEXT, "12 characters more are not kept")


def test_more_displays_than_the_limit_are_told_in_words() -> None:
    """Issue 13: 20 displays."""
    kept = Kept()
    for each in range(DISPLAYS + 1):
        kept.show({"text/plain": str(each)})
    assert kept.read().missing == "1 display more is not kept"
    kept.write("x" * (TEXT + 1_234))
    output = kept.read()
    assert output.missing == "1,234 characters and 1 display more are not kept"
    assert output.displays[-1] == {"text/plain": str(DISPLAYS - 1)}


def test_an_image_is_text_as_in_a_notebooks_file() -> None:
    """IPython gives the image of some objects as bytes, that of others as base64 text."""
    kept = Kept()
    kept.show({"image/png": b"\x00\xff", "text/plain": "it"})
    assert kept.read().displays == ({"image/png": "AP8=", "text/plain": "it"},)


def test_a_reading_stays_as_it_is() -> None:
    """It is frozen, whatever is written or updated later."""
    kept = Kept()
    kept.write("a")
    kept.show({"text/plain": "1"}, "id")
    before = kept.read()
    kept.write("b")
    assert kept.update({"text/plain": "2"}, "id")
    assert not kept.update({"text/plain": "3"}, "another")
    assert before == Output("a", ({"text/plain": "1"},))
    assert kept.read() == Output("ab", ({"text/plain": "2"},))


def test_what_is_cleared_is_forgotten_at_once_or_with_the_next() -> None:
    """As `clear_output` does it, with and without `wait`."""
    kept = Kept()
    kept.write("a")
    kept.clear(wait=True)
    assert kept.read().text == "a"
    kept.show({"text/plain": "1"})
    assert kept.read() == Output("", ({"text/plain": "1"},))
    kept.clear()
    assert not kept.read()


def test_its_repr_is_one_line() -> None:
    """Decision 26: short, and the same in every run."""
    output = Output("a\nb", ({}, {}), "1 character more is not kept")
    assert repr(output) == r"Output('a\nb', 2 displays, 1 character more is not kept)"
    assert repr(Output()) == "Output('')"
    assert len(repr(Output("x" * 1000))) < 100
    assert not Output()
    assert output
