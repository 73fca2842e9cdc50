"""For tests of the notebooks: what needs packages that are not installed is left out, and said."""

from importlib.util import find_spec

import pytest

NEEDED = {
    "09_from_notebook_to_service.ipynb": ("services", ("starlette", "uvicorn", "httpx", "pytest")),
    "10_sensors.ipynb": ("services", ("paho", "amqtt")),
    "11_more_than_one_machine.ipynb": ("cluster", ("distributed", "cloudpickle")),
}
"""What notebooks import that the extra `[notebook]` does not bring, and the extra that does."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the cells of a notebook that cannot run here."""
    for item in items:
        extra, needed = NEEDED.get(item.path.name, ("", ()))
        if missing := [name for name in needed if find_spec(name) is None]:
            wanted = f"pip install 'event-collector-toolkit[{extra}]'"
            reason = f"it needs {', '.join(missing)}: {wanted}"
            item.add_marker(pytest.mark.skip(reason=reason))
