"""The command that writes a course's edition for learners; `course.learners` tells what it does.

python -m event_collector_widgets.learners SOURCE_DIR TARGET_DIR
"""

import sys

from event_collector_widgets.course.learners import main

if __name__ == "__main__":
    sys.exit(main())
