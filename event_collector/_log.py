"""The logger of this package, which never raises."""

import logging
from typing import Any

__all__ = ["logger"]


class _Careful(logging.LoggerAdapter[logging.Logger]):
    """Writes to a logger, and has whatever that raises written to stderr.

    `logging` catches what fails while a handler writes. A filter that fails, such as one that asks
    for a context variable which is not set, raises in whoever logs; and some handlers raise. The
    engine logs where it has something left to do: events that wait for their results would wait for
    ever.
    """

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        try:
            # The record is of whoever called, and not of this.
            self.logger.log(level, msg, *args, stacklevel=2, **kwargs)
        except Exception:
            told = {"msg": msg, "args": args, "name": self.logger.name, "levelno": level}
            logging.Handler().handleError(logging.makeLogRecord(told))


logger = _Careful(logging.getLogger("event_collector"))
