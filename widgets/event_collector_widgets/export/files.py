"""Files: several at once, made beside and renamed, none of them over another by mistake."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from event_collector.recording.files import replaceable


def check(paths: list[Path], *, overwrite: bool) -> None:
    """See that files can be written there.

    Raises:
        FileExistsError: One is there, and is not to be overwritten; or it is not a file.
        IsADirectoryError, FileNotFoundError: One is a folder; or its folder is not there.
        ValueError: Two of them are the same.
    """
    for path in paths:
        if path.is_dir():
            raise IsADirectoryError(f"{str(path)!r} is a folder; give the path of a file in it")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"the folder {str(path.parent)!r} is not there; make it first")
        if not overwrite and os.path.lexists(path):
            raise FileExistsError(
                f"{str(path)!r} exists already; pass overwrite=True, or give another path"
            )
        if not replaceable(path):
            raise FileExistsError(f"{str(path)!r} is a device or a pipe; give the path of a file")
    if len({path.resolve() for path in paths}) < len(paths):
        raise ValueError(f"{str(paths[0])!r} cannot be both the module and its test")


def place(contents: Mapping[Path, bytes]) -> None:
    """Write all of the files, or none: each beside first, and then renamed.

    Raises:
        OSError: One cannot be written.
    """
    beside: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
            beside[path] = part
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, part in beside.items():
            part.replace(path)
    finally:
        for part in beside.values():
            with suppress(FileNotFoundError):
                part.unlink()
