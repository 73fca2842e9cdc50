"""Quiet: under a test runner, what libraries tell each other of deprecations is not shown.

PYTHONWARNINGS=default shows all of it, and matplotlib even writes to its log what its styles warn
of: another text with each version, in cells whose author can do nothing about it. What a cell does
itself that is deprecated is shown as ever, and so is all else that was asked for.
"""

import sys
import warnings
from typing import Any

ELSEWHERE = r"(?!__main__$)"
"""The modules that are not the notebook: its cells are `__main__`."""


class Quiet:
    """Has deprecations ignored that lie in modules, as Python does unless it is told otherwise.

    A filter that a notebook sets itself goes before; where PYTHONWARNINGS makes errors of
    warnings, nothing is ignored.
    """

    def __init__(self) -> None:
        self._filters: list[Any] = []

    def attach(self) -> None:
        """Ignore them from now on."""
        if any(option.startswith("error") for option in sys.warnoptions):
            return
        before = list(warnings.filters)
        for category in (PendingDeprecationWarning, DeprecationWarning):
            warnings.filterwarnings("ignore", category=category, module=ELSEWHERE)
        self._filters = [each for each in warnings.filters[:2] if each not in before]

    def detach(self) -> None:
        """Take the filters away."""
        filters: Any = warnings.filters
        for each in self._filters:
            if each in filters:
                filters.remove(each)
        self._filters = []
