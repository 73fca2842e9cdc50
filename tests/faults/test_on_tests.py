"""Faults on the engine's tests: how a run on a copy ends, and which files it has."""

from pathlib import Path

import pytest

from tests.faults import on_tests
from tests.faults.catalogue import FAULTS
from tests.faults.fault import ENGINE, WIDGETS, Fault
from tests.faults.on_tests import CopyWithTests

FAULT = Fault("nothing is named", "event_collector", find='"Router",', put="", tests="tiny")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> CopyWithTests:
    """A copy of the engine and its tests."""
    return CopyWithTests(tmp_path_factory.mktemp("faulty") / "copy")


def put_test(copy: CopyWithTests, *lines: str) -> list[str]:
    """Write a test file of one test among the copied ones."""
    path = copy.place / "tests" / "engine" / "test_tiny.py"
    text = ["import event_collector, time", "def test_it():", *(f"    {line}" for line in lines)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return ["tests/engine/test_tiny.py"]


def test_a_fault_turns_a_test_red_and_is_taken_out_again(copy: CopyWithTests) -> None:
    """Without it, before and after, the test is green."""
    tests = put_test(copy, "assert 'Router' in event_collector.__all__")
    hows = [copy.run(tests).how]
    with copy.having(FAULT):
        outcome = copy.run(tests)
    hows.append(copy.run(tests).how)
    assert (outcome.how, outcome.test) == ("red", "test_tiny.py::test_it"), outcome.output
    assert hows == ["green", "green"]


def test_the_tests_are_run_on_the_copy(copy: CopyWithTests) -> None:
    """They import the copied engine, not the one that is installed."""
    engine = str(copy.place / "event_collector" / "__init__.py")
    outcome = copy.run(put_test(copy, f"assert event_collector.__file__ == {engine!r}"))
    assert outcome.how == "green", outcome.output


def test_a_test_that_does_not_end_is_noticed(copy: CopyWithTests) -> None:
    """A fault may make a test wait for ever; its time is bounded, and so is the run's."""
    outcome = copy.run(put_test(copy, "time.sleep(60)"), limit=5.0)
    assert (outcome.how, outcome.test) == ("hung", "test_tiny.py::test_it"), outcome.output


def test_a_run_in_which_no_test_began_notices_nothing(copy: CopyWithTests) -> None:
    """A file that is not there, or a fault that keeps the engine from being imported."""
    outcome = copy.run(["tests/engine/test_gone.py"])
    assert outcome.how == "broken"
    assert not outcome.noticed


def test_test_files_are_found_by_name_in_whatever_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The named ones first; then the fast ones, but those about values and the long ones."""
    for name in [
        "core/test_limits",
        "core/test_waiting",
        "core/test_buffer",
        "simulation/test_waiting",
        "simulation/test_theory",
        "machine/test_laws",
        "core/test_text",
        "test_simulation_places",
        "core/limits",
    ]:
        path = tmp_path / "tests" / "engine" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(on_tests, "ROOT", tmp_path)
    assert on_tests.to_run("waiting gone limits") == [
        "tests/engine/core/test_waiting.py",
        "tests/engine/simulation/test_waiting.py",
        "tests/engine/core/test_limits.py",
        "tests/engine/core/test_buffer.py",
    ]


def test_the_named_test_files_are_there() -> None:
    """Faults begin with the tests that should notice them; what is left out is there to be."""
    homes = {ENGINE.name: on_tests.ROOMS, WIDGETS.name: ("widgets",)}
    for package, rooms in homes.items():
        named = {name for fault in FAULTS if fault.of == package for name in fault.tests.split()}
        assert named
        assert named - set(on_tests.test_files(*rooms)) == set()
    assert set(on_tests.LEFT_OUT.split()) - set(on_tests.test_files(*on_tests.ROOMS)) == set()


def test_a_fault_of_the_widgets_is_tried_on_the_files_that_it_names() -> None:
    """Those alone: the others of the panels take too long for every fault."""
    fault = Fault("it is wrong", "again", find="", put="", tests="again resends", of=WIDGETS.name)
    assert on_tests.files_for(fault) == [
        "tests/widgets/test_again.py",
        "tests/widgets/panels/results/test_resends.py",
    ]


def test_the_widgets_are_tried_on_the_copy_too(copy: CopyWithTests) -> None:
    """A fault in them is seen, and taken out again."""
    fault = Fault(
        "it is wrong",
        "again:payload_for",
        find="if collectors is None:",
        put="if True:",
        tests="again",
        of=WIDGETS.name,
    )
    hows = []
    for each in (fault, None):
        with copy.having(each):
            hows.append(copy.run(on_tests.files_for(fault)).how)
    assert hows == ["red", "green"]
