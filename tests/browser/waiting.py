"""Waiting for what is measured in a page: it is there a little after what is written."""

import time
from collections.abc import Callable
from typing import Any

from tests.browser.lab import SECONDS


def becomes(page: Any, look: Callable[[], Any], expected: Any = True) -> None:
    """Look again and again, until it is as expected.

    A page lays itself out, moves its focus and loads its pictures some time after the text that a
    test has waited for: whoever reads such a thing once reads what was before, now and then.
    """
    deadline = time.monotonic() + SECONDS
    while (seen := _seen(look)) != expected and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert seen == expected


def _seen(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except (AssertionError, TypeError) as exc:  # what has no place yet has no box
        return exc
