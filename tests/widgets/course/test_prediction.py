"""Prediction: asked before, answered by click or code, scored against what happened."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest
from event_collector_widgets import Prediction

from tests.widgets.benches import NASTY, OUR_TAGS, _Tags, everything_in, text

ROOT = Path(__file__).parents[3]

ANEW = "(to answer anew, run the question's cell again)"

VIEW = "application/vnd.jupyter.widget-view+json"


def an_order() -> Prediction:
    """A question with three options."""
    return Prediction("In which order are they done?", ["abc", "cba", 3])


def click(prediction: Prediction, place: int) -> None:
    """Choose an option as the browser tells it."""
    prediction.field.set_state({"index": place})


def test_a_click_and_code_do_the_same() -> None:
    """The answer is one of the options, and is seen in the widget either way."""
    clicked, coded = an_order(), an_order()
    assert clicked.answer is None
    click(clicked, 1)
    coded.answer = "cba"
    assert clicked.answer == coded.answer == "cba"
    assert clicked.field.index == coded.field.index == 1
    coded.answer = None
    assert (coded.answer, coded.field.index) == (None, None)


def test_options_that_python_takes_for_equal_stay_apart() -> None:
    """1 and True are two answers."""
    prediction = Prediction("What comes?", [True, 1])
    prediction.answer = 1
    assert (prediction.answer is True, prediction.field.index) == (False, 1)


def test_without_options_the_answer_is_what_was_written() -> None:
    """Without the spaces around it; nothing but spaces is not an answer."""
    prediction = Prediction("How many?")
    assert isinstance(prediction.field, w.Text)
    prediction.field.set_state({"value": "  3 "})
    assert prediction.answer == "3"
    prediction.field.set_state({"value": "  "})
    assert prediction.answer is None
    prediction.answer = 12
    assert (prediction.answer, prediction.field.value) == ("12", "12")


@pytest.mark.parametrize(
    ("options", "answer", "actual", "line"),
    [
        (["abc", "cba"], "abc", "cba", "you said 'abc'; it was 'cba'"),
        (["abc", "cba"], "cba", "cba", "right: it was 'cba'"),
        (["abc", "cba"], None, "cba", "no prediction; it was 'cba'"),
        (["abc", "cba"], "abc", "bca", "you said 'abc'; it was 'bca'"),
        ([1, 2, 8], 2, 2.0, "right: it was 2.0"),
        (["1", "2"], "2", 2, "right: it was 2"),
        ([True, False], True, 1, "you said True; it was 1"),
        (None, "0.30", 0.1 + 0.2, "right: it was 0.30000000000000004"),
        (None, "three", 3, "you said 'three'; it was 3"),
        (None, "1", True, "you said '1'; it was True"),
    ],
)
def test_the_score_is_one_line_printed_and_shown(
    options: Any, answer: Any, actual: Any, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever was answered, marked by a sign and a colour; it says how to answer anew."""
    prediction = Prediction("What comes?", options)
    prediction.answer = answer
    prediction.score(actual)
    assert capsys.readouterr().out == f"{line}\n"
    told = {"r": ("right", f"✓ {line}"), "y": ("error", f"{line} {ANEW}")}
    told["n"] = ("said", f"{line} {ANEW}")
    assert (prediction.status.kind, prediction.status.text) == told[line[0]]


def test_once_scored_it_is_final(capsys: pytest.CaptureFixture[str]) -> None:
    """The widget is disabled, and neither code nor a late click changes the answer."""
    prediction = an_order()
    prediction.answer = "abc"
    prediction.score("cba")
    assert prediction.field.disabled
    with pytest.raises(RuntimeError, match="the answer 'abc' was scored already; run the quest"):
        prediction.answer = "cba"
    click(prediction, 1)
    assert prediction.status.text == f"you said 'abc'; it was 'cba' {ANEW}"
    prediction.score("cba")
    assert capsys.readouterr().out == "you said 'abc'; it was 'cba'\n" * 2
    assert prediction.status.text == f"you said 'abc'; it was 'cba' {ANEW}"


def test_an_answer_must_be_among_the_options() -> None:
    """Else it is refused, and the former one stays."""
    prediction = an_order()
    prediction.answer = "abc"
    with pytest.raises(ValueError, match=r"must be one of 'abc', 'cba', 3, got 'bca'$"):
        prediction.answer = "bca"
    assert prediction.answer == "abc"
    with pytest.raises(TypeError, match=r"must be a str or a number, got list: \['a'\]"):
        Prediction("What?").answer = ["a"]


def test_displayed_it_has_a_text_beside_the_widget() -> None:
    """Issue 4: the question and its options, for pages without widgets, the same in every run."""
    prediction = an_order()
    prediction.answer = "cba"
    data = prediction._repr_mimebundle_()
    lines = data["text/plain"].split("\n")
    assert lines == ["In which order are they done?", "  ( ) abc", "  (*) cba", "  ( ) 3"]
    assert data[VIEW]["model_id"] == prediction.model_id
    assert repr(prediction) == "Prediction('In which order are they done?', ['abc', 'cba', 3])"
    free = Prediction("How many?")
    assert repr(free) == "Prediction('How many?')"
    assert free._repr_mimebundle_()["text/plain"] == "How many?\n  (a free answer)"


def test_questions_and_answers_are_text_not_html() -> None:
    """Nothing of them becomes an element of the page."""
    prediction = Prediction(NASTY, [NASTY, "b"])
    prediction.answer = NASTY
    shown = [each for each in everything_in(prediction) if isinstance(each, w.HTML)]
    assert NASTY in [text(each) for each in shown]
    prediction.score(NASTY)
    for each in shown:
        tags = _Tags()
        tags.feed(each.value)
        assert tags.found <= OUR_TAGS | {"style"}
        assert not tags.handlers


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("",), "ValueError: question must not be empty"),
        ((3,), "TypeError: question must be a str, got int: 3"),
        (("Which?", "abc"), "TypeError: options must be a list, got str: 'abc'; leave them out"),
        (("Which?", ["a"]), "ValueError: options must be two or more that differ, got ['a']"),
        (("Which?", ["1", 1]), "ValueError: options must be two or more that differ, got ['1', 1]"),
        (("Which?", ["a", " "]), "ValueError: an option must not be empty"),
        (("Which?", ["a", None]), "TypeError: an option must be a str or a number, got NoneType"),
    ],
)
def test_what_cannot_be_asked(arguments: Any, error: str) -> None:
    """Refused at once, with the value."""
    with pytest.raises((TypeError, ValueError)) as caught:
        Prediction(*arguments)
    assert f"{type(caught.value).__name__}: {caught.value}".startswith(error)


def test_a_click_shows_code_that_runs() -> None:
    """With the notebook's name for the question; the answer is what was clicked."""
    assert _in_ipython(
        "from event_collector_widgets import Prediction",
        """guess = Prediction("How many?", ["1", "it's 2"])""",
        "guess.field.set_state({'index': 1}); code = guess.code_line.code; print(code)",
        """guess.answer = None; exec(code); print(guess.answer == "it's 2")""",
        "del guess, code; _ = Prediction('?', [1, 2]); _.answer = 1; print(_.code_line.code)",
    ) == ['guess.answer = "it\'s 2"', "True"]


def _in_ipython(*cells: str) -> list[str]:
    """What cells print in an IPython of their own."""
    program = (
        "from IPython.core.interactiveshell import InteractiveShell as Shell\n"
        "shell = Shell.instance()\n"
        f"for cell in {cells!r}: shell.run_cell(cell).raise_error()\n"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "widgets")])
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in ran.stdout.splitlines() if line]
