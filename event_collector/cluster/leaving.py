"""Leaving: a collector is taken back from the workers; those that have not left it are named."""

import asyncio
import pickle
from contextlib import suppress
from typing import NamedTuple

from event_collector._log import logger
from event_collector._text import describe
from event_collector.cluster import packing
from event_collector.cluster.errors import LeftBadlyError
from event_collector.cluster.home import PATIENCE
from event_collector.cluster.link import Link, NotDeliveredError
from event_collector.cluster.plugin import CANCEL

LEAVING = 10.0
"""Seconds that the workers have to leave their lifecycles when the queue shuts down."""
ASK = 2.0
"""Seconds that one has to say whether it has."""
AT_ONCE = 0.5
"""The same, where the queue's `lifecycle_timeout` is over: it waits for 1 s more."""
SOON = 0.2
"""Seconds until they are asked again."""


class _Late(NamedTuple):
    """Who has not left a lifecycle, by address."""

    leaving: list[str]
    silent: list[str]
    """They do not say."""


async def take_back(link: Link, token: str, key: str) -> None:
    """Take a plugin back from all workers, which leave its lifecycle.

    Args:
        link: How the cluster is asked.
        token: The plugin's name.
        key: The collector's.

    Raises:
        Exception: What the lifecycle raised on a worker as it was left; an ExceptionGroup if it did
            on several.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + LEAVING
    try:
        told = await asyncio.wait_for(link.unregister(token), LEAVING)
    except (OSError, TimeoutError) as exc:  # one is slow, or hangs, or has ended meanwhile
        late = await _who_is_late(link, token, ASK)
        while late is not None and any(late) and loop.time() < until:
            await asyncio.sleep(SOON)
            late = await _who_is_late(link, token, ASK)
        _tell(key, late, exc)
        return
    except asyncio.CancelledError as exc:
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * AT_ONCE):
                _tell(key, await _who_is_late(link, token, AT_ONCE), exc)
        raise
    faults = [
        packing.unpack_result(*each.packed).exception  # type: ignore[union-attr]
        if isinstance(each, LeftBadlyError)
        else each
        for each in told
    ]
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise BaseExceptionGroup(f"{len(faults)} workers have left it badly", faults)


async def _who_is_late(link: Link, token: str, within: float) -> _Late | None:
    """Which workers have not left it, or do not say so within so many seconds.

    Returns:
        None if the scheduler does not say which workers there are.
    """
    try:
        addresses = sorted(await asyncio.wait_for(link.workers(), within))
    except Exception:  # whatever a client says that is closed meanwhile
        return None
    said = await asyncio.gather(*(_state(link, token, each, within) for each in addresses))
    states = list(zip(addresses, said, strict=True))
    return _Late(
        [address for address, state in states if state not in ("unknown", "silent")],
        [address for address, state in states if state == "silent"],
    )


async def _state(link: Link, token: str, address: str, within: float) -> object:
    ask = link.ask(address, CANCEL, token, pickle.dumps([]))
    try:
        state, _ = await asyncio.wait_for(ask, within)
    except (NotDeliveredError, OSError, TimeoutError):
        return "silent"
    return state


def _tell(key: str, late: _Late | None, exc: BaseException) -> None:
    """Say who is late, and what becomes of that."""
    if late is None:
        why = describe(exc)
        logger.warning("collector %r: not all workers may have left its lifecycle: %s", key, why)
        return
    if late.leaving:
        logger.warning(
            "collector %r: its lifecycle is not left yet on %s; there it is cancelled when it has "
            "taken %g s, and what cannot be cancelled keeps a thread until it ends",
            *(key, named(late.leaving), PATIENCE),
        )
    if late.silent:
        logger.warning(
            "collector %r: %s did not say that its lifecycle is left; one that is stopped leaves "
            "it when it goes on",
            *(key, named(late.silent)),
        )


def named(addresses: list[str]) -> str:
    """Workers, as they stand in a sentence."""
    return f"worker{'s' if len(addresses) > 1 else ''} {', '.join(addresses)}"
