"""The cells of the notebooks that the browser tests open."""

from typing import Any

PATIENT = """
from event_collector_widgets.panels.collectors import panel as _panel
from event_collector_widgets.panels.results import resends as _resends
from event_collector_widgets.panels.send import templates as _templates
_panel.ARMED = _resends.ASKED = _templates.ASKED = 600.0
"""
"""By this questions wait longer than a slow machine takes, before the panels are made."""

WEATHER = f"""{PATIENT}
import asyncio
from event_collector import Collector, Context, Delivery, Error, Ok, Payload, Result
from event_collector_widgets import Workbench
bench = Workbench(max_queued=1_000, history=200_000)

@bench.collector(topics=["temperature"])
async def validate(payload, ctx):
    temp = payload.value["temp"]
    if not isinstance(temp, float) or not -40 <= temp <= 130:
        print("broken reading:", temp)
        raise ValueError(f"no reading: temp={{temp!r}}")
    return Ok("valid")

@bench.collector(topics=["temperature"])
async def cold_hours(payload, ctx):
    temp = payload.value["temp"]
    return Ok(temp if isinstance(temp, float) and temp <= 40 else None)

temps = ["39.O" if n == 7 else 451.0 if n % 10 == 3 else 35.0 + n for n in range(40)]
readings = [{{"city": "seattle", "hour": n, "temp": temp}} for n, temp in enumerate(temps)]
for reading in readings:
    await bench.send(Payload(reading, Delivery.TOPIC, topics=["temperature"]))
await bench.publisher.wait()
"""
"""A workbench with two collectors; of 40 readings five are broken (hours 3, 7, 13, 23, 33)."""

MENDED = """
async def mended(payload, ctx):
    temp = payload.value["temp"]
    temp = float(temp.replace("O", "0")) if isinstance(temp, str) else temp
    if not -40 <= temp <= 130:
        raise ValueError(f"no reading: temp={temp!r}")
    return Ok("valid")
"""
"""A function that reads the slip of the pen."""

SHOWN = "bench"
"""The cell that shows the panels."""


def notebook_of(cells: tuple[str, ...]) -> dict[str, Any]:
    """A notebook of cells of code, as its file has it."""
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [{**code, "id": f"cell-{n}", "source": cell} for n, cell in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
