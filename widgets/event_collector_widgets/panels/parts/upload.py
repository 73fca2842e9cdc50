"""Upload: a button that takes a file from the browser, or says why not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

PIECE = 1_000_000
"""How many bytes come in one message. Jupyter's server closes the connection at one of more than
10 MiB, unless it is told otherwise: `tornado_settings`, `websocket_max_message_size`."""


class Upload(anywidget.AnyWidget):
    """A button that takes a file, of so many bytes at most.

    A file that is larger is not sent: the browser knows its size. Nothing is kept of a file that
    was given on, and the next one can come at any time.

    Args:
        label: What stands on the button.
        most: How many bytes a file may have.
        accept: The kinds of files, as HTML has it: ".csv,.json".
        hint: What the pointer is told over it.
    """

    _esm = (Path(__file__).parent / "upload.js").read_text(encoding="utf-8")

    label = t.Unicode().tag(sync=True)
    accept = t.Unicode().tag(sync=True)
    hint = t.Unicode().tag(sync=True)
    most = t.Int().tag(sync=True)
    piece = t.Int(PIECE).tag(sync=True)

    def __init__(self, label: str, most: int, *, accept: str, hint: str) -> None:
        super().__init__(label=label, most=most, accept=accept, hint=hint)
        self._of, self._content = "", bytearray()
        self.in_turn = asyncio.Lock()
        """For who reads a file in another thread: the one chosen last is to be read last."""

    def on_file(
        self,
        take: Callable[[str, bytes], object],
        refuse: Callable[[str, int, str], object],
    ) -> None:
        """Call functions with what is chosen in the page, in whatever thread it comes by.

        Args:
            take: Gets a file's name and content.
            refuse: Gets the name and size of one that did not come, and why: empty where it is
                too large.
        """

        def heard(_: object, content: Any, buffers: Any) -> None:
            if not isinstance(content, dict) or "of" not in content:
                return
            name, size = str(content.get("name")), int(content.get("size", 0))
            if content.get("do") != "piece":
                refuse(name, size, str(content.get("why", "")))
                return
            if content["of"] != self._of:
                self._of, self._content = content["of"], bytearray()
            self._content += bytes(buffers[0])
            if len(self._content) > self.most:  # from a page that is not ours
                self._of, self._content = "", bytearray()
                refuse(name, size, "")
            elif len(self._content) >= size:
                whole, self._of, self._content = bytes(self._content), "", bytearray()
                take(name, whole)

        self.on_msg(heard)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
