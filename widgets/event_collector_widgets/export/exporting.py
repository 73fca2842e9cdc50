"""Exporting: how a workbench becomes a module."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

from event_collector import CollectorQueue, History, _check
from event_collector.recording.files import path_of
from event_collector_widgets.export import files
from event_collector_widgets.export.beginnings import Beginnings
from event_collector_widgets.export.cells import notebook
from event_collector_widgets.export.module import Module, module_of
from event_collector_widgets.export.proof import recorded, test_of
from event_collector_widgets.kernel import is_app, shell


class Exporting:
    """For a Workbench: the way out of the notebook."""

    name: str
    queue: CollectorQueue
    history: History
    namespace: Mapping[str, Any]
    _beginnings: Beginnings

    def exported(self, path: str | os.PathLike[str], include: Iterable[str] = ()) -> Module:
        """What `export` would write, and what should be known before. It writes nothing.

        Raises:
            Exception: As from `export`, but for the files.
        """
        module = _module_path(path)
        names = _check.names(include, "name to include")
        return module_of(
            module.stem, self.name, self.queue, self._beginnings, notebook(), names or ()
        )

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        include: Iterable[str] = (),
        overwrite: bool = False,
        test: str | os.PathLike[str] | None = None,
    ) -> None:
        """Write the workbench as a module, which runs without a notebook.

        It has the functions, classes and constants that the processors and lifecycles use, as they
        were typed in their cells, with their comments; the collectors, in `make_queue()`, with what
        their contexts held at first; and `main()`, which runs until SIGTERM or SIGINT, and drains.
        What cannot be written is refused, with the name and what to do. Before it writes, it
        prints what the contexts begin with, and what is not as it was typed. What it writes itself
        is formatted as ruff does it.

        `python weather.py` takes payloads from standard input, a line of JSON each. `main` takes
        another input: see `event_collector.inputs`.

        Args:
            path: The module's file, such as "weather.py".
            include: Names that are only found by a string, as in `globals()[name]`.
            overwrite: Whether files that exist are replaced.
            test: A file for pytest, such as "test_weather.py". It replays what the present
                collectors have processed, saved beside it as "test_weather.jsonl", through the
                module, and compares the results.

        Raises:
            ExportError: Something cannot be written. Nothing was.
            TypeError, ValueError: A path is not one of a module, or `include` not a list of names.
            RuntimeError: There is no IPython here.
            FileExistsError: A file exists, and `overwrite` is False.
            OSError: A file cannot be written.
        """
        for said in self.write_module(path, include=include, overwrite=overwrite, test=test):
            print(said)  # noqa: T201

    @property
    def exportable(self) -> bool:
        """Whether somebody who may see the notebook's variables looks at it, in a notebook."""
        return shell() is not None and not is_app() and bool(self.namespace)

    def write_module(
        self,
        path: str | os.PathLike[str],
        *,
        include: Iterable[str] = (),
        overwrite: bool = False,
        test: str | os.PathLike[str] | None = None,
    ) -> Iterator[str]:
        """As `export`, for a panel: what should be known before, line by line; after that it
        writes, and says what it has written.

        Raises:
            Exception: As from `export`.
        """
        _check.kind(overwrite, bool, "overwrite", "write True or False")
        module = _module_path(path)
        proof = None if test is None else _module_path(test, "test")
        paths = [module]
        if proof is not None:
            paths += [proof, proof.with_suffix(".jsonl")]
        files.check(paths, overwrite=overwrite)
        made = self.exported(path, include)
        contents = {module: made.text.encode()}
        said = [f"{module}: {_amount(made.collectors, 'collector')}"]
        if proof is not None:
            since = self._beginnings.since(list(self.queue.collectors.values()))
            recording, kept, left = recorded(self.history, module.stem, since)
            contents[proof] = test_of(module, proof, paths[-1]).encode()
            contents[paths[-1]] = recording
            said.append(f"{proof}: replays {_amount(kept, 'event')}")
            if left:
                made.notes.append(
                    f"{_amount(left, 'event')} came before the last collector, or have no result: "
                    "the test leaves them out"
                )
        yield from made.notes
        files.place(contents)
        yield "wrote " + "; ".join(said)


def _module_path(path: str | os.PathLike[str], what: str = "path") -> Path:
    """A path of a module.

    Raises:
        TypeError: It is not a str or a Path.
        ValueError: It is not that of a module.
    """
    given = Path(path_of(path))
    stem = given.stem
    if given.suffix != ".py" or not re.fullmatch(r"[A-Za-z_]\w*", stem) or iskeyword(stem):
        raise ValueError(
            f"{what} must be that of a module that can be imported, such as 'weather.py', "
            f"got {str(given)!r}"
        )
    return given


def _amount(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
