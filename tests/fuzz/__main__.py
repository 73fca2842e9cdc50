"""The command: see the package."""

import argparse
import sys
import time

import tests.fuzz
from tests.fuzz.playing import LOOPS, play


def main() -> int:
    """Play programs; return whether one of them broke a law."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=tests.fuzz.__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--programs", type=int, default=10**9, help="not more than so many")
    parser.add_argument("--loop", choices=LOOPS, help="in this kind of loop only")
    asked = parser.parse_args()
    ends, programs, events, bad = time.monotonic() + asked.seconds, 0, 0, 0
    while programs < asked.programs and time.monotonic() < ends:
        loop = asked.loop or LOOPS[programs % len(LOOPS)]
        world = play(asked.seed + programs, loop)
        programs, events, bad = programs + 1, events + world.count, bad + bool(world.wrong)
        how = f"{world.way}, interrupts" if world.interrupts else world.way
        for what in dict.fromkeys(world.wrong):
            sys.stdout.write(f"--seed {world.seed} --loop {loop} ({how}): {what}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{programs} programs, {events} payloads: {bad} broke a law\n")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
