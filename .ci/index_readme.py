"""The README for a page of a package index: the same, without links that would lead nowhere there.

hatchling calls it when it builds. A link into the project becomes its words, with the file's name
in brackets where the words do not tell it; a picture becomes its alternative text.
"""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def for_an_index(text: str) -> str:
    """A README's text without links and pictures of the project's own files."""

    def without(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        return f"*{words}*" if picture else f"{words} (`{target}`)"

    return LINK.sub(without, text)


class IndexReadme(MetadataHookInterface):
    """Puts it into the package's metadata."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, object]) -> None:
        """Set the description; hatchling calls it."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": for_an_index(text)}


def get_metadata_hook() -> type[MetadataHookInterface]:
    """What hatchling is to use."""
    return IndexReadme
