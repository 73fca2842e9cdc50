"""A real kernel in a process of its own, and its client, which counts what it tells the page."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import IO, Any

from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[1]
TIMEOUT = 300.0
"""Seconds within which a cell ends."""


class KernelProcess:
    """A kernel in a process of its own, and a client of it. The tests have one like it, too.

    Args:
        root: The repository that it imports from. Whoever asks says it: tests may be a copy.
        timeout: Seconds within which the kernel answers.
        patience: Seconds that it has for its end, before it is killed.
        stderr: Where its process writes what goes wrong; where this one does, unless given.
    """

    def __init__(
        self,
        root: Path,
        timeout: float,
        *,
        patience: float = 5.0,
        stderr: IO[str] | None = None,
    ) -> None:
        self.timeout = timeout
        self.manager = KernelManager(shutdown_wait_time=patience)
        spec: Any = self.manager.kernel_spec
        spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        paths = os.pathsep.join([str(root), str(root / "widgets")])
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": paths}, stderr=stderr)
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=timeout)

    def reply_to(self, request: str) -> dict[str, Any]:
        """Wait for the reply to a cell, and pass over the replies to others."""
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=self.timeout)
            if reply["parent_header"].get("msg_id") == request:
                return reply

    def tell(self, model: str, data: dict[str, Any], subshell: str | None = None) -> None:
        """Send a model what the page sends it; maybe by a subshell."""
        said = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        if subshell is not None:
            said["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(said)

    def click(self, model: str, subshell: str | None = None) -> None:
        """Click on a button, as the browser tells the kernel; maybe by a subshell."""
        self.tell(model, {"method": "custom", "content": {"event": "click"}}, subshell)

    def stop(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


class Kernel(KernelProcess):
    """A kernel of which every message is counted."""

    def __init__(self) -> None:
        super().__init__(ROOT, TIMEOUT)
        self.updates: Counter[str] = Counter()
        """By model, how often it told the page something new."""
        self.keys: list[str] = []
        """Of the rows that the page has."""
        self.rows = ""
        """The model of these rows."""

    def run(self, code: str) -> None:
        """Run a cell to its end.

        Raises:
            RuntimeError: It failed.
        """
        reply = self.reply_to(self.client.execute(code))
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{code}: {reply['content'].get('evalue')}")

    def value(self, expression: str) -> Any:
        """What an expression gives in the kernel; it may await."""
        self.run(f"import json\nprint('figures:' + json.dumps({expression}))")
        while True:
            message = self._next(TIMEOUT)
            text = message["content"].get("text", "")
            if message["msg_type"] == "stream" and text.startswith("figures:"):
                return json.loads(text.removeprefix("figures:"))

    def listen(self, seconds: float, until: Callable[[str, dict[str, Any]], bool]) -> bool:
        """Hear what models tell the page, until this is so, or for so long; return whether it is.

        Args:
            seconds: How long at most.
            until: Gets a model's id and what is new of its state.
        """
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            try:
                message = self._next(left)
            except Empty:
                return False
            if message["msg_type"] == "comm_msg":
                content = message["content"]
                if until(content["comm_id"], content["data"].get("state", {})):
                    return True
        return False

    def _next(self, seconds: float) -> dict[str, Any]:
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=seconds)
        content = message["content"]
        if message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.updates[content["comm_id"]] += 1
            if content["comm_id"] == self.rows and "rows" in content["data"]["state"]:
                self.keys = [row["key"] for row in content["data"]["state"]["rows"]]
        return message
