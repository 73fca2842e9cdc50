"""Run notebooks with the guard, without pytest.

python -m event_collector_widgets.guard run NOTEBOOK ...
"""

import sys

from event_collector_widgets.guard.runner.command import main

if __name__ == "__main__":
    sys.exit(main())
