"""The benchmark of batches measures what it says, and finds batches faster."""

import pytest

from benchmarks.batches import main


def test_batches_are_written_faster_than_rows_one_by_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All rows arrive either way, which it asserts itself; and many at once takes less time."""
    assert main(["--rounds", "1", "--rows", "60"]) == 0
    (said,) = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("batches /")
    ]
    assert float(said.partition(": ")[2].split()[0]) > 1
