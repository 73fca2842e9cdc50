"""What a collector gives back: an Ok or an Error, and all of them together in a ResultList."""

import pickle
import traceback
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, TypeAlias

from event_collector._frames import frame_of_columns
from event_collector._pickled import Again, Slotted
from event_collector._same import same
from event_collector._text import describe, one_line, write_as_list
from event_collector.errors import UnpicklableError

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20
"""So many results are shown of a list, and how many there are more."""

STATUS = ["Ok", "Error", "undelivered"]
"""What a DataFrame says of a result."""


class Ok[T](Slotted):
    """The processing came to its end; `value` is what the processor returned.

    >>> Ok(21.5).unwrap()
    21.5
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    @property
    def ok(self) -> Literal[True]:
        """Whether it is an Ok.

        mypy knows by `if result.ok:` which of the two a result is. Pyright does not look at whether
        an attribute is true: write `if result.ok is True:`, `match`, or `isinstance(result, Ok)`.
        """
        return True

    def unwrap(self) -> T:
        """The value."""
        return self.value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return same(self.value, other.value) if isinstance(other, Ok) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Ok({one_line(self.value)})"


class Error:
    """The processing failed; `exception` says why, with its traceback.

    A pickled or deep-copied Error keeps its traceback as text. An exception that cannot be
    pickled is then replaced by an `UnpicklableError` of the same description.

    Args:
        exception: An exception object, raised or not.

    Raises:
        TypeError: `exception` is something else, such as a str or an exception class.
    """

    __slots__ = ("_traceback", "exception")
    __match_args__ = ("exception",)

    def __init__(self, exception: BaseException) -> None:
        if not isinstance(exception, BaseException):
            raise TypeError(
                f"Error() takes an exception, got {type(exception).__name__}: "
                f"{one_line(exception)}; wrap it: Error(ValueError(...))"
            )
        self.exception = exception
        self._traceback: str | None = None

    @property
    def ok(self) -> Literal[False]:
        """Whether it is an Ok; see `Ok.ok` for what type checkers know by it."""
        return False

    @property
    def traceback(self) -> str:
        """The traceback as text, with the exceptions that led to it."""
        if self._traceback is None:
            return "".join(traceback.format_exception(self.exception))
        return self._traceback

    def unwrap(self) -> NoReturn:
        """Raise the exception."""
        try:
            raise self.exception
        finally:
            del self  # the traceback leads to this frame, which would lead back to the exception

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Error):
            return NotImplemented
        return same(self.exception, other.exception)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Error({describe(self.exception)})"

    def __copy__(self) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        try:
            pickle.loads(pickle.dumps(Again(self.exception)))
        except Exception:
            return _error_with_text, (UnpicklableError(self.exception), self.traceback)
        return _error_with_text, (Again(self.exception), self.traceback)


def _error_with_text(exception: BaseException, text: str) -> Error:
    error = Error(exception)
    error._traceback = text
    return error


# No `type` statement and no parameter at run time, so that isinstance(x, Result) works.
if TYPE_CHECKING:
    Result: TypeAlias = Ok[Any] | Error  # noqa: UP040
else:
    Result = Ok | Error


class ResultList(Slotted, list[Result]):
    """The results of one payload, in the order in which the collectors were given to the queue.

    Args:
        results: The results.
        keys: The key of the collector that each came from. None says that nobody told.

    Raises:
        TypeError: One of `results` is neither an Ok nor an Error.
        ValueError: There are not as many keys as results.
    """

    __slots__ = ("_keys",)

    def __init__(
        self, results: Iterable[Result] = (), keys: Iterable[str | None] | None = None
    ) -> None:
        super().__init__(results)
        for result in self:
            if not isinstance(result, Result):
                raise TypeError(
                    f"a ResultList holds Ok and Error, got {type(result).__name__}: "
                    f"{one_line(result)}; wrap it: Ok(value)"
                )
        said = [None] * len(self) if keys is None else list(keys)
        if len(said) != len(self):
            raise ValueError(f"got {len(self)} results, but {len(said)} keys")
        self._keys: Sequence[str | None] | None = said

    @classmethod
    def _of(cls, results: list[Result], keys: Sequence[str | None] | None) -> Self:
        """The engine's own way in, without the checks; no keys at all means undelivered."""
        self = cls.__new__(cls)
        list.__init__(self, results)
        self._keys = keys
        return self

    @classmethod
    def undelivered(cls) -> Self:
        """What a payload gives that no collector got: one empty Ok, and no key.

        >>> results = ResultList.undelivered()
        >>> results, results.keys, results.delivered
        (ResultList([Ok(None)]), [], False)
        """
        return cls._of([Ok(None)], None)

    @property
    def delivered(self) -> bool:
        """Whether any collector got the payload; True too if a router failed before it told.

        A list of one Error whose key is None is what a router gives that raised.
        """
        return len(self) > (1 if self._keys is None else 0)

    @property
    def keys(self) -> list[str | None]:
        """The key of the collector that each result came from; empty when undelivered.

        None where a custom router did not say. Results appended by hand have None too; sorting,
        inserting or deleting in place does not carry the keys along.
        """
        if not self.delivered:
            return []
        said = list(self._keys or ())[: len(self)]
        return said + [None] * (len(self) - len(said))

    @property
    def oks(self) -> list[Ok[Any]]:
        """The Oks, in order."""
        return [result for result in self if isinstance(result, Ok)]

    @property
    def errors(self) -> list[Error]:
        """The Errors, in order."""
        return [result for result in self if isinstance(result, Error)]

    def first(self) -> Result:
        """The first result.

        Raises:
            IndexError: The list is empty. What the queue gives never is.
        """
        if not self:
            raise IndexError("the ResultList is empty, it has no first result")
        return self[0]

    def size(self) -> int:
        """How many results there are."""
        return len(self)

    def iter(self) -> "ResultIterator":
        """Each result in turn, for `async for` and for a plain `for`."""
        return ResultIterator(self)

    def raise_errors(self) -> None:
        """Raise what the Errors hold, all together; return if there is none.

        Raises:
            ExceptionGroup: There are Errors. (A BaseExceptionGroup if one of them holds a
                CancelledError, KeyboardInterrupt or SystemExit.)
        """
        if errors := self.errors:
            raise BaseExceptionGroup(
                f"{len(errors)} of {len(self)} results are errors",
                [error.exception for error in errors],
            )

    def to_frame(self) -> "pd.DataFrame":
        """A pandas DataFrame with a row per result, in order.

        Columns: `collector` (string, missing where unknown or undelivered), `status`
        (category: "Ok", "Error" or "undelivered"), `value` (object: an Ok's value, None for
        an Error), `error` (string: the exception in one line, missing for an Ok).

        Raises:
            ImportError: pandas is not installed.
        """
        types = {"collector": "string", "status": STATUS, "value": object, "error": "string"}
        undelivered = bool(self) and not self.delivered
        keys, given = ([None], ["undelivered"]) if undelivered else (self.keys, self)
        return frame_of_columns(types, {"collector": keys, **cells_of(given)})

    def __repr__(self) -> str:
        shown = [repr(result) for result in self[:SHOWN]]
        if len(self) > SHOWN:
            shown.append(f"... {len(self) - SHOWN:,} more")
        return f"ResultList([{', '.join(shown)}])"


write_as_list(ResultList)


def cells_of(given: Sequence[Result | str]) -> dict[str, list[Any]]:
    """The cells of the columns `status`, `value` and `error`, for results in order.

    Args:
        given: The results; a str stands for one that is not there, and is its status.
    """
    status: list[str] = []
    value: list[Any] = []
    error: list[str | None] = [None] * len(given)
    for place, result in enumerate(given):
        if isinstance(result, Ok):
            status.append("Ok")
            value.append(result.value)
            continue
        value.append(None)
        if isinstance(result, Error):
            status.append("Error")
            error[place] = describe(result.exception, limit=500)
        else:
            status.append(result)
    return {"status": status, "value": value, "error": error}


class ResultIterator(Slotted, Iterator[Result], AsyncIterator[Result]):
    """Goes through a ResultList once, with `for` or with `async for`."""

    __slots__ = ("_results",)

    def __init__(self, results: Iterable[Result]) -> None:
        self._results = iter(results)

    def __next__(self) -> Result:
        return next(self._results)

    async def __anext__(self) -> Result:
        for result in self._results:
            return result
        raise StopAsyncIteration
