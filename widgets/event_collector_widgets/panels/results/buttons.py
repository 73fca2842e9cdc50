"""Buttons: those that concern all events that match."""

import ipywidgets as w

from event_collector_widgets.panels.results.resends import Resends

_SAVES = "save {} of all events that match: a row per event and collector that fits the filters"


class Buttons(w.HBox):  # type: ignore[misc, unused-ignore]
    """Resend to whom, and freeze. What saves stands beside the panel's heading: `saves`.

    Each tells what happens by a tooltip.

    Args:
        resends: Whose menu and button are in the row.
    """

    def __init__(self, resends: Resends) -> None:
        self.freeze = w.ToggleButton(
            description="Freeze",
            tooltip="keep these rows while events come; press again to follow the newest",
        )
        self.frame = w.Button(
            description="DataFrame code",
            tooltip="show code for a cell that makes a DataFrame of all events that match",
        )
        self.csv = w.Button(description="CSV", tooltip=_SAVES.format("results.csv"))
        self.jsonl = w.Button(description="JSON Lines", tooltip=_SAVES.format("results.jsonl"))
        self.saves = w.HBox([self.frame, self.csv, self.jsonl]).add_class("ec-buttons")
        super().__init__([resends.button, resends.confirm, resends.to, self.freeze])
        self.add_class("ec-buttons").add_class("ec-of-all")
