"""What the README says, to be run: its example with the output, and its commands.

python tests/readme.py example | output | test-command | reference-command
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def example() -> str:
    """The program under "Fifteen lines"."""
    return blocks("python")[0]


def output() -> str:
    """What it prints, as the README shows it."""
    return blocks("text")[0]


def commands() -> list[str]:
    """The commands, one line each: open the playground, execute it, test, make the reference."""
    return [block.strip() for block in blocks("sh")]


def test_command() -> str:
    """The command that runs all tests."""
    return command_with("pytest")


def reference_command() -> str:
    """The command that makes the API reference."""
    return command_with("reference.py")


def command_with(word: str) -> str:
    """The one command that has a word in it."""
    (command,) = [command for command in commands() if word in command]
    return command


if __name__ == "__main__":
    shown = {
        "example": example,
        "output": output,
        "test-command": test_command,
        "reference-command": reference_command,
    }
    sys.stdout.write(shown[sys.argv[1]]())
