"""What processors and lifecycles show, kept with the event and collector that it belongs to."""

from event_collector_widgets.output.capture import EARS, stays_in_panel
from event_collector_widgets.output.kept import Output
from event_collector_widgets.output.outputs import Outputs

__all__ = ["EARS", "Output", "Outputs", "stays_in_panel"]
