"""What the commands of the smaller benchmarks share: their arguments."""

import argparse
import sys
from datetime import date
from importlib.metadata import version


def add_scale(parser: argparse.ArgumentParser) -> None:
    """Have a command take `--scale`, which makes a trial of it."""
    parser.add_argument(
        "--scale",
        type=_share,
        default=1.0,
        metavar="SHARE",
        help="the share of the whole run, above 0 and at most 1; 1 unless given",
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 1, got {text!r}")
    return share


def scale_of(argv: list[str] | None, module: str, about: str | None) -> float:
    """Read the command line, and print what the figures below are of; return the scale."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    add_scale(parser)
    scale: float = parser.parse_args(argv).scale
    day = date.today().isoformat()  # noqa: DTZ011  the user's own day
    python = ".".join(map(str, sys.version_info[:3]))
    sys.stdout.write(f"{day}, Python {python}, ipykernel {version('ipykernel')}, scale {scale:g}\n")
    return scale
