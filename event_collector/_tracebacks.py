"""Tracebacks without the engine's own frames, which would say nothing to a user."""

import inspect
import os
import types
from pathlib import Path
from typing import Any

from event_collector.results import Error

_ENGINE = f"{Path(__file__).parent}{os.sep}"
"""Where the code of the whole package lies, whatever folder of it a module is in."""


def failed(exc: BaseException) -> Error:
    """An Error of an exception just caught, its traceback without the engine's own frames.

    No frame that it leads back to may keep the Error, or what holds it, in a variable: that would
    be a reference cycle, which keeps the payload alive until the garbage collector comes.
    """
    return Error(without_own_frames(exc))


def without_own_frames[E: BaseException](exc: E) -> E:
    """An exception, its traceback beginning with the first frame that is not the engine's."""
    tb = exc.__traceback__
    while tb is not None and is_own(tb.tb_frame.f_code):
        tb = tb.tb_next
    return exc.with_traceback(tb)


def is_own(code: types.CodeType) -> bool:
    """Whether this is code of the engine."""
    return code.co_filename.startswith(_ENGINE)


def variable(frame: types.FrameType, *names: str) -> Any:
    """What the first of these variables holds that there is in the frame of a function, or None.

    Asked for its variables, a frame keeps a copy of them until Python 3.13: with the payload, and
    as long as the frame. An Error's traceback leads there, and the copy to the Error.
    """
    if not frame.f_code.co_flags & inspect.CO_OPTIMIZED:  # a module's are its own
        return None
    copy = frame.f_locals
    try:
        return next((copy[name] for name in names if name in copy), None)
    finally:
        if type(copy) is dict:
            copy.clear()
