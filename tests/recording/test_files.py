"""Files are made beside and renamed, are for the user only, and replace nothing unasked."""

import os
import stat
from pathlib import Path

import pytest

from event_collector.recording import files


def test_a_file_is_readable_by_the_user_only(tmp_path: Path) -> None:
    """Also where it replaces one that everybody could read."""
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    files.place(str(path), b"new", overwrite=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """Nor is anything left beside it."""
    path = tmp_path / "a.jsonl"
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(FileExistsError, match="exists already; pass overwrite=True"):
        files.place(str(path), b"ours", overwrite=False)
    assert path.read_text(encoding="utf-8") == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle: the old file stays, and nothing beside it."""
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        files.place(str(path), b"new", overwrite=True)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that of a memory card."""

    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "a.jsonl"
    files.place(str(path), b"ours", overwrite=False)
    assert path.read_bytes() == b"ours"
    with pytest.raises(FileExistsError):
        files.place(str(path), b"others", overwrite=False)


def test_what_the_system_takes_in_parts_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write may take less than it was given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data[:3])))
    files.place(str(tmp_path / "a"), b"0123456789", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_paths_are_refused_that_cannot_be_written_to(tmp_path: Path) -> None:
    """With what is wrong, before anything is made."""
    with pytest.raises(IsADirectoryError, match="is a folder; give the path of a file in it"):
        files.claim(str(tmp_path), overwrite=True)
    with pytest.raises(FileNotFoundError, match=r"the folder '.*no' is not there; make it first"):
        files.claim(str(tmp_path / "no" / "a"), overwrite=False)
    with pytest.raises(ValueError, match="path must not be empty"):
        files.claim("", overwrite=False)
    with pytest.raises(TypeError, match="path must be a str or a Path, got bytes: b'a'"):
        files.path_of(b"a")
    for name in ("a\0b", "\ud800"):
        with pytest.raises(ValueError, match="path has a character that no file's name can have"):
            files.path_of(name)


def test_what_is_not_a_file_is_never_replaced(tmp_path: Path) -> None:
    """A file in the place of a pipe, or of /dev/null, would harm all who use it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileExistsError, match="is a device or a pipe; give the path of a file"):
        files.claim(str(pipe), overwrite=True)
    (tmp_path / "link").symlink_to(pipe)
    files.release(files.claim(str(tmp_path / "link"), overwrite=True))


def test_a_path_is_one_ones_own_until_it_is_released(tmp_path: Path) -> None:
    """By whatever name."""
    path = tmp_path / "a"
    link = tmp_path / "link"
    link.symlink_to(path)
    real = files.claim(str(path), overwrite=False)
    with pytest.raises(ValueError, match="is being recorded to already; close that recorder"):
        files.claim(str(link), overwrite=True)
    files.release(real)
    files.release(files.claim(str(path), overwrite=False))
