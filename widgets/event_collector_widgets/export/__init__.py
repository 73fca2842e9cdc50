"""Export: a workbench as a module, with what was typed in the notebook's cells.

The way of a name: `walk` takes each global name that a collector's functions need. `cells` has the
statements that have bound it, the newest first. `fitting` and `settled` tell which of them gives
what the name stands for now. `values` writes constants, `collectors` the collectors, and `module`
puts all of it in order. Of functions the code object decides, by its cell and line: a cell that
failed before it came to a definition does not count.
"""

from event_collector_widgets.export.beginnings import Beginnings
from event_collector_widgets.export.exporting import Exporting
from event_collector_widgets.export.refusals import ExportError

__all__ = ["Beginnings", "ExportError", "Exporting"]
