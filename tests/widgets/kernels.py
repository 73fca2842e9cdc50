"""A real kernel in a process of its own, for the tests of what happens in a notebook."""

import time
from pathlib import Path
from typing import IO, Any

from benchmarks.kernels import KernelProcess

ROOT = Path(__file__).parents[2]
TIMEOUT = 60.0
"""Seconds within which a cell ends, or the test fails."""


class Output:
    """What a cell gave."""

    def __init__(self) -> None:
        self.streams: dict[str, str] = {"stdout": "", "stderr": ""}
        self.displays: list[dict[str, Any]] = []
        """What it displayed, by MIME type, in order."""
        self.error = ""

    @property
    def data(self) -> dict[str, Any]:
        """All that it displayed, by MIME type; of two of one type the later."""
        return {kind: each for shown in self.displays for kind, each in shown.items()}

    @property
    def out(self) -> str:
        """What it printed, when nothing went wrong."""
        assert (self.error, self.streams["stderr"]) == ("", "")
        return self.streams["stdout"]


class Kernel(KernelProcess):
    """A kernel that is driven as a notebook does it. Its base tells the arguments."""

    def __init__(self, *, patience: float = 5.0, stderr: IO[str] | None = None) -> None:
        super().__init__(ROOT, TIMEOUT, patience=patience, stderr=stderr)
        self.printed: list[str] = []
        """All that was printed, whatever cell it belongs to."""

    def run(self, code: str) -> Output:
        """Run a cell to its end."""
        return self.finish(self.begin(code))

    def begin(self, code: str, cell: str | None = None, *, kept: bool = True) -> str:
        """Have a cell run, which has this id in its notebook; return the id of the request.

        Args:
            code: The cell.
            cell: Its id.
            kept: Whether it has a place in the history, as a notebook's cells have, and those that
                nbval runs have not.
        """
        content = {"code": code, "silent": False, "store_history": kept}
        content |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": False}
        metadata = {} if cell is None else {"cellId": cell}
        request = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(request)
        said: str = request["header"]["msg_id"]
        return said

    def until_it_prints(self, said: str) -> None:
        """Wait for a line that a running cell prints."""
        while self._next()["content"].get("text") != said:
            pass

    def finish(self, request: str) -> Output:
        """Wait for the end of a cell; return all that belongs to it."""
        output = Output()
        while True:
            message = self._next()
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "stream":
                output.streams[content["name"]] += content["text"]
            elif kind in ("execute_result", "display_data"):
                output.displays.append(content["data"])
            elif kind == "error":
                output.error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                # As a notebook does before it sends the next: kernels 7.0 to 7.3 leave a request
                # unread that comes while they send a reply, see
                # https://github.com/ipython/ipykernel/pull/1529.
                self.reply_to(request)
                return output

    def new_subshell(self) -> str:
        """Have the kernel open another thread with a loop, by which JupyterLab sends clicks."""
        request = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(request)
        reply = self.client.get_control_msg(timeout=TIMEOUT)
        subshell: str = reply["content"]["subshell_id"]
        return subshell

    def interrupt(self, request: str) -> Output:
        """Press the stop button; return what the cell gave, when the kernel answers again.

        The kernel cancels the cell when its loop next wakes up, for which the signal alone is
        not enough; a message is. And it may lose a cell that comes at that very moment.
        """
        self.manager.interrupt_kernel()
        self.client.kernel_info()
        output = self.finish(request)
        self.client.wait_for_ready(timeout=TIMEOUT)
        return output

    def eventually(self, expression: str) -> None:
        """Run cells until an expression holds."""
        deadline = time.monotonic() + TIMEOUT
        while self.run(f"print(bool({expression}))").out != "True\n":
            assert time.monotonic() < deadline, expression

    def restart(self) -> None:
        """As the notebook's button does."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=TIMEOUT)

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "stream":
            self.printed.append(message["content"]["text"])
        return message
