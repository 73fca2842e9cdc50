"""Trying another version of a processor on what was sent before, beside the queue."""

from event_collector_widgets.trial.differences import Tried
from event_collector_widgets.trial.run import OUTSIDE, Progress, Times, TrialOptions, TryOut
from event_collector_widgets.trial.versions import shared

__all__ = ["OUTSIDE", "Progress", "Times", "TrialOptions", "Tried", "TryOut", "shared"]
