"""Export where there is no notebook."""

import pytest

from tests.support import in_loop
from tests.widgets.benches import a_bench


@in_loop
async def test_without_a_notebook_it_is_refused() -> None:
    """In a script nothing was typed in cells; it says what to do there."""
    async with a_bench() as bench:
        with pytest.raises(RuntimeError, match="there is no IPython here; in a script the func"):
            bench.export("weather.py")
        with pytest.raises(RuntimeError, match="there is no IPython here"):
            bench.exported("weather.py")
