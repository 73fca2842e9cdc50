"""Kept: a template as a text that stands in the notebook's file, and what is read from there."""

import json
from collections.abc import Sequence
from typing import Any

from event_collector import Delivery, Payload
from event_collector_widgets.panels.parts.json_text import as_json, read_json
from event_collector_widgets.workbench import Workbench

MOST = 1_000
"""How many templates are read from a notebook at most."""
_LONGEST = 2_000_000
"""How many characters a text may have; what is written is far shorter."""


def written(name: str, payload: Payload[Any]) -> str | None:
    """A template as JSON in plain ASCII, which any file takes; None: its value is not JSON.

    The whole is one text, because a page would read 39.0 as 39, and long numbers as others.
    """
    if as_json(payload.value) is None:
        return None
    told: dict[str, Any] = {"name": name, "value": payload.value}
    told["delivery"] = payload.delivery.value
    for word in ("keys", "topics"):
        if names := getattr(payload, word):
            told[word] = names
    if payload.priority is not None:
        told["priority"] = payload.priority
    return json.dumps(told)


def read(text: str) -> tuple[str, Payload[Any]]:
    """The name and the payload of such a text.

    Raises:
        TypeError, ValueError, LookupError: It is another text: somebody has changed the file.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"it has {len(text):,} characters")
    told = read_json(text)
    if not isinstance(told, dict):
        raise TypeError("it is not an object")
    name, mode = told["name"], Delivery(told["delivery"])
    if not isinstance(name, str) or not name.strip():
        raise ValueError("its name is empty, or not a text")
    names = {word: told[word] for word in ("keys", "topics") if told.get(word)}
    return name, Payload(told["value"], mode, priority=told.get("priority"), **names)


def take(bench: Workbench, texts: Sequence[object]) -> int:
    """Offer the templates that a notebook holds; return how many of them cannot be read.

    Those that the kernel knows by name stay as they are.
    """
    wrong = max(len(texts) - MOST, 0)
    for text in texts[:MOST]:
        try:
            name, payload = read(str(text))
        except (TypeError, ValueError, LookupError):
            wrong += 1
            continue
        if not bench.in_notebook.knows(name):
            bench.in_notebook.keep(name, str(text))
            bench.templates.setdefault(name, payload)
    return wrong
