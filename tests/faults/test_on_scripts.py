"""The faults of the page's JavaScript fit it; whether they are caught, a browser says."""

import pytest

from tests.faults.fault import ROOT
from tests.faults.on_scripts import ScriptFault, faulty
from tests.faults.planted.scripts import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits_its_module_and_names_a_test(fault: ScriptFault) -> None:
    """Each text is there once, and the words are in the name of a test."""
    assert fault.put in faulty(fault)
    file, words = fault.tests
    said = (ROOT / "tests" / "browser" / f"test_{file}.py").read_text(encoding="utf-8")
    assert any(words in line for line in said.splitlines() if line.startswith("def test_"))


def test_a_fault_that_does_not_fit_says_so() -> None:
    """With the text that is missing."""
    lost = ScriptFault("lost", "svg", find="nowhere", put="", tests=("saved_run", "plays"))
    with pytest.raises(ValueError, match="'lost' does not fit any more"):
        faulty(lost)
