"""A notebook whose packages are not installed is left out by a run of the tests, with a line."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
import pytest
sys.exit(pytest.main(["-q", "-n0", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("notebook", "package", "extra"),
    [
        ("09_from_notebook_to_service", "starlette", "services"),
        ("10_sensors", "amqtt", "services"),
        ("11_more_than_one_machine", "distributed", "cluster"),
    ],
)
def test_a_notebook_whose_extra_is_missing_is_skipped_and_what_is_missing_is_said(
    notebook: str, package: str, extra: str
) -> None:
    """Decision 35: no kernel is started for what cannot run."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, f"notebooks/{notebook}.ipynb"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "passed" not in ran.stdout
    said = f"it needs {package}: pip install 'event-collector-toolkit[{extra}]'"
    assert said in " ".join(ran.stdout.split())
