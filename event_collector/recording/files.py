"""Files that a recording is written to: made beside, renamed, for the user's eyes only."""

import os
import secrets
import stat
import threading
from contextlib import suppress
from pathlib import Path

_ours: set[str] = set()
"""The files that are being written to now, by their real paths."""
_lock = threading.Lock()


def path_of(path: object) -> str:
    """A path, as it was given, as a str.

    Raises:
        TypeError: It is something else than a str or a Path.
        ValueError: The system has no files of such a name.
    """
    text = path.__fspath__() if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise TypeError(f"path must be a str or a Path, got {type(path).__name__}: {path!r}")
    try:
        named = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        named = False
    if not named:
        raise ValueError(f"path has a character that no file's name can have: {text!r}")
    return text


def claim(path: str, overwrite: bool) -> str:
    """Have a path for oneself among the recordings of this process; give what to `release`.

    Raises:
        ValueError: The path is empty, or somebody records to it.
        FileExistsError: Something is there, and is not to be overwritten; or it is not a file.
        IsADirectoryError, FileNotFoundError: It is a folder; or its folder is not there.
    """
    if not path:
        raise ValueError("path must not be empty")
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path!r} is a folder; give the path of a file in it")
    folder = Path(path).parent
    if not folder.is_dir():
        raise FileNotFoundError(f"the folder {str(folder)!r} is not there; make it first")
    real = os.path.realpath(path)
    with _lock:
        if real in _ours:
            raise ValueError(
                f"{path!r} is being recorded to already; close that recorder first, "
                "or give another path"
            )
        if os.path.lexists(path) and not overwrite:
            raise exists(path)
        if not replaceable(path):
            raise FileExistsError(f"{path!r} is a device or a pipe; give the path of a file")
        _ours.add(real)
    return real


def release(real: str) -> None:
    """Let others have a path again."""
    with _lock:
        _ours.discard(real)


def replaceable(path: str | Path) -> bool:
    """Whether there is nothing, a file, or a link: another one in the place of /dev/null would harm
    all who use it."""
    if not os.path.lexists(path):
        return True
    mode = os.lstat(path).st_mode
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def exists(path: str) -> FileExistsError:
    """The error of a path that has a file already."""
    return FileExistsError(f"{path!r} exists already; pass overwrite=True, or give another path")


def place(path: str, data: bytes, overwrite: bool) -> None:
    """Have a file with this data at a path, all of it or nothing, readable by the user only.

    Raises:
        FileExistsError: Another one has come there meanwhile, and is not to be overwritten.
        OSError: It cannot be written.
    """
    whole = Path(path)
    beside = whole.with_name(f".{whole.name[:100]}.{secrets.token_hex(6)}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if overwrite:
            beside.replace(whole)
        else:
            _rename(beside, whole)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _rename(beside: Path, whole: Path) -> None:
    """Rename, unless something is there."""
    try:
        os.link(beside, whole)
    except FileExistsError:
        raise exists(str(whole)) from None
    except OSError:  # a file system that has no links
        if os.path.lexists(whole):
            raise exists(str(whole)) from None
        beside.replace(whole)


def write(descriptor: int, data: bytes) -> None:
    """Write all of it. Each call hands it to the operating system: nothing waits in a buffer.

    Raises:
        OSError: It could not all be written.
    """
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
