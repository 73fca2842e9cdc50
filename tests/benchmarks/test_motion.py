"""The benchmark of the animation; CI runs it small."""

import pytest

from benchmarks import motion


def test_a_picture_is_as_late_as_the_count_that_it_shows() -> None:
    """A count that it leaps over is shown with the next one that is higher."""
    said = [[1000.0, 0.0], [1100.0, 10.0], [1200.0, 20.0], [1300.0, 30.0]]
    seen = [[1050.0, 0.0], [1400.0, 25.0], [1350.0, 30.0]]
    assert list(motion.behind(said, seen)) == pytest.approx([0.05, 0.3, 0.2, 0.05])
