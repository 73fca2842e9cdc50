"""The guard in IPython's terminal, which has no kernel: the events stand in."""

import subprocess
import sys

LINES = """
%load_ext event_collector_widgets
import asyncio
async def fail(): raise ValueError('boom')
async def start(): return asyncio.get_running_loop().create_task(fail())
made = await start()
print('next')
%unload_ext event_collector_widgets
made = await start()
print('end')
"""


def test_a_line_fails_for_what_failed_beside_it() -> None:
    """The one that made it, or the next; without the guard none does."""
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--no-banner",
        "--simple-prompt",
        "--colors=NoColor",
    ]
    done = subprocess.run(
        command, input=LINES, capture_output=True, text=True, timeout=120, check=False
    )
    told = done.stdout.count("GuardError: task of fail() failed, made in ")
    assert told == 1, done.stdout + done.stderr
    assert "end" in done.stdout
