"""Fixtures for the tests of the workbench."""

from collections.abc import Iterator

import pytest

from tests.widgets.kernels import Kernel


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """One kernel for all tests of a module that leave it working."""
    kernel = Kernel()
    yield kernel
    kernel.stop()
