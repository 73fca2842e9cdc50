"""The script that the package shows runs as it stands."""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import event_collector.cluster

pytestmark = pytest.mark.long


def programs() -> list[str]:
    """The programs in the docstring of the package."""
    told = event_collector.cluster.__doc__ or ""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", told, flags=re.MULTILINE)
    return [textwrap.dedent(block).strip() + "\n" for block in blocks if block.strip()]


def test_the_script_runs_as_it_stands(tmp_path: Path) -> None:
    """With workers of its own."""
    script, _ = programs()
    (tmp_path / "script.py").write_text(script, "utf-8")
    command = [sys.executable, "script.py"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout)
    assert (len(counts), counts[0], counts[-1]) == (40, 168, 174)
