"""The logger of this package, which never raises."""

import logging
from typing import Any

__all__ = ["logger"]


def _carefully(level: str) -> Any:
    """A method of that name, which has what logging raises written to stderr."""

    def log(
        self: logging.LoggerAdapter[logging.Logger], msg: object, *args: object, **how: Any
    ) -> None:
        # No frame more than this one: where the stack is at its end, what logs must not fail
        # where its caller, which then puts things right, has hardly more of it.
        try:
            # The record is of whoever called, and not of this.
            getattr(self.logger, level)(msg, *args, stacklevel=2, **how)
        except Exception:
            try:
                told = {"msg": msg, "args": args, "name": self.logger.name, "levelname": level}
                logging.Handler().handleError(logging.makeLogRecord(told))
            except Exception:  # there is not even stack for this
                pass

    return log


class _Careful(logging.LoggerAdapter[logging.Logger]):
    """Writes to a logger, and has whatever that raises written to stderr.

    `logging` catches what fails while a handler writes. A filter that fails, such as one that asks
    for a context variable which is not set, raises in whoever logs; and some handlers raise. The
    engine logs where it has something left to do: events that wait for their results would wait for
    ever.
    """

    debug = _carefully("debug")
    info = _carefully("info")
    warning = _carefully("warning")
    error = _carefully("error")
    exception = _carefully("exception")
    log = _carefully("log")


logger = _Careful(logging.getLogger("event_collector"))
