"""Trying another version of a processor on what was sent before, beside the queue."""

from event_collector_widgets.trial.run import OUTSIDE, Progress, TrialOptions, TryOut

__all__ = ["OUTSIDE", "Progress", "TrialOptions", "TryOut"]
