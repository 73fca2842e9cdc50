"""What a kernel runs when it starts, by PYTHONSTARTUP: it loads the guard, and leaves no name.

A start-up file of the user is run before; EVENT_COLLECTOR_GUARD_STARTUP names it.
"""


def _load_the_guard() -> None:
    import os
    from typing import Any

    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:  # an ordinary Python that was started with this environment
        return
    # What a cell starts is another program: it runs the user's file, and not this one.
    before = os.environ.pop("EVENT_COLLECTOR_GUARD_STARTUP", "")
    if before:
        os.environ["PYTHONSTARTUP"] = before
        shell.safe_execfile(before, shell.user_ns)
    else:
        os.environ.pop("PYTHONSTARTUP", None)
    from event_collector_widgets.guard import load_ipython_extension

    load_ipython_extension(shell)


_load_the_guard()
del _load_the_guard
