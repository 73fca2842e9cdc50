"""The command `python -m event_collector.recording`: compares recordings, without pandas."""

import argparse
import sys
from collections.abc import Sequence

from event_collector.recording.codec import Coding
from event_collector.recording.differences import compare
from event_collector.recording.reader import reading

_ABOUT = """Say what differs between two recordings, by event and collector.

The exit code is 0 if nothing differs, 1 if something does, and 2 if they cannot be compared. Values
of a codec are compared by what the codec made of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m event_collector.recording")
    commands = parser.add_subparsers(required=True, metavar="compare")
    command = commands.add_parser(
        "compare",
        help="say what differs between two recordings",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("a", help="a recording")
    command.add_argument("b", help="another one")
    command.add_argument(
        "--incomplete", action="store_true", help="compare recordings that lack events, too"
    )
    asked = parser.parse_args(arguments)
    try:
        coding = Coding(None, lenient=True)
        a, b = reading(asked.a, coding), reading(asked.b, coding)
        found = compare(a, b, incomplete=asked.incomplete)
    except (OSError, ValueError) as exc:
        said = str(exc).replace("pass incomplete=True", "give --incomplete")
        sys.stderr.write(f"{said}\n")
        return 2
    sys.stdout.write(f"{found}\n")
    return 0 if found.same else 1


if __name__ == "__main__":
    sys.exit(main())
