"""values: JSON as callers and sensors send it, and not as Python would take it, too."""

import json
import math
from typing import Any


def parsed(data: bytes | str) -> Any:
    """The value that a text of JSON stands for.

    NaN and Infinity, which Python reads, are not JSON; and a number that no float can hold, such as
    1e999, would become an infinity that no answer can have.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deep.
    """
    return json.loads(data, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> None:
    raise ValueError(f"it has {constant}; send null, or a text")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"it has {text[:40]}, which no float can hold; send it as a text")
    return number
