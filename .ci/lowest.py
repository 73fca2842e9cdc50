"""The lowest versions that pyproject.toml allows, as constraints for pip.

python .ci/lowest.py EXTRA ...
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def lowest(extras: list[str]) -> list[str]:
    """A line for each requirement of the extras that names a lowest version."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [each for extra in extras for each in project["optional-dependencies"][extra]]
    found = (re.fullmatch(r"([\w.-]+)>=([\w.]+)", each) for each in wanted)
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest(sys.argv[1:])) + "\n")
