"""Starting: a collector is set up on the workers; on one that does not answer, when it does.

A worker may hang, or be stopped: the scheduler lists it still, and would wait for it. So all are
asked first whether they are there, and a start goes on without those that are not.
"""

import asyncio
import math
import pickle
from contextlib import suppress
from typing import Any, Protocol

from event_collector._log import logger
from event_collector.cluster import packing, showing
from event_collector.cluster.errors import ClusterClosedError
from event_collector.cluster.link import Link, NotDeliveredError
from event_collector.cluster.plugin import CANCEL, HELLO, CollectorPlugin
from event_collector.cluster.site import Site

ANSWER = 10.0
"""Seconds that a worker has to say that it is there, before a start goes on without it."""
ASK = 2.0
"""Seconds for which it is asked that at one go."""
SOON = 0.2
"""Seconds between two looks at who is set up, and at who is back."""


class Fleet(Protocol):
    """Whose collector it is."""

    key: str
    link: Link
    plugin: CollectorPlugin

    @property
    def sites(self) -> dict[str, Site]: ...
    def pump_soon(self) -> None: ...


class Starting:
    """Sets a collector up on the workers of a cluster.

    Args:
        fleet: Whose it is.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._link = fleet.link
        self._silent: set[str] = set()
        """The addresses of workers that do not answer."""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def register(self) -> None:
        """Set it up on all workers that answer.

        Raises:
            ClusterClosedError: None of the workers answers, or the scheduler does not.
            Exception: What the lifecycle raised on a worker.
        """
        await self._check_versions()
        task = self._keep(self._link.register(self._fleet.plugin))
        within = SOON if self._silent else ANSWER
        while not (await asyncio.wait([task], timeout=within))[0]:
            # A lifecycle takes long, or a worker has stopped meanwhile: who is it?
            self._silent = await self._who_is_silent()
            if self._silent and await self._are_set_up():
                return
            within = ANSWER if not self._silent else SOON
        await task
        self._silent.clear()

    async def greet(self) -> None:
        """Show what the lifecycle has shown on the workers; keep those that do not answer from
        getting anything, and tell of them."""
        fleet = self._fleet
        for site in fleet.sites.values():
            if site.address in self._silent:
                site.retry_at = math.inf
                continue
            state, shown = await self._ask(site.address, HELLO)
            if state == "ok":
                showing.show(shown)
        if self._silent:
            logger.warning(
                "collector %r: %s did not answer within %g s, and it starts without; given "
                "payloads when there is an answer",
                *(fleet.key, _named(self._silent), ANSWER),
            )
            for address in self._silent:
                self._keep(self._bring(address))

    def end(self) -> None:
        """Wait for nobody any more."""
        for task in self._tasks:
            task.cancel()

    def _keep(self, coroutine: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it has it, and nobody else wants it

    async def _check_versions(self) -> None:
        for _ in range(3):
            self._silent = await self._who_is_silent()
            with suppress(TimeoutError):  # one has stopped meanwhile
                check = self._link.check_versions(self._fleet.key, without=self._silent)
                await asyncio.wait_for(check, ANSWER)
                return
        raise ClusterClosedError(
            "the scheduler did not say the versions of its workers", "see whether it hangs"
        )

    async def _who_is_silent(self) -> set[str]:
        """The workers that do not say within a time that they are there.

        Raises:
            ClusterClosedError: None of them does, or the scheduler does not answer.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + ANSWER
        silent = everybody = await self._listed()
        while silent:
            asked = sorted(silent)
            said = await asyncio.gather(*(self._link.answers(each, ASK) for each in asked))
            silent = {each for each, answers in zip(asked, said, strict=True) if not answers}
            if silent:  # one that has died meanwhile is not listed any more
                silent &= (everybody := await self._listed())
            known = self._silent if len(silent) < len(everybody) else set()
            if loop.time() >= until or silent <= known:
                break
        if silent and silent >= everybody:
            raise ClusterClosedError(
                f"{_named(silent)} did not answer within {ANSWER:g} s, and no other is there",
                "see whether its process is stopped or its machine overloaded, then start again",
            )
        return silent

    async def _listed(self) -> set[str]:
        try:
            return set(await self._link.workers())
        except TimeoutError as exc:
            raise ClusterClosedError(
                "the scheduler does not answer", "see whether it is stopped, or connect a new one"
            ) from exc

    async def _are_set_up(self) -> bool:
        """Whether all are that answer.

        Raises:
            Exception: What the lifecycle raised on one of them.
        """
        for address in await self._listed() - self._silent:
            state, _ = await self._ask(address, CANCEL)
            if isinstance(state, tuple):
                raise packing.unpack_result(*state).exception  # type: ignore[union-attr]
            if state in ("unknown", "early"):
                return False
        return True

    async def _ask(self, address: str, what: str) -> tuple[Any, Any]:
        """Ask a worker for what it answers at once; "silent" if it does not."""
        ask = self._link.ask(address, what, self._fleet.plugin.token, pickle.dumps([]))
        try:
            return await asyncio.wait_for(ask, ASK)
        except (NotDeliveredError, OSError):
            return "silent", None

    async def _bring(self, address: str) -> None:
        """Wait until a worker answers, and give it payloads as soon as it is set up."""
        fleet, known = self._fleet, self._fleet.sites.get(address)
        unknown = 0
        while known is not None and fleet.sites.get(address) is known:
            await asyncio.sleep(SOON)
            state, _ = await self._ask(address, CANCEL)
            if state in ("silent", "early"):
                continue
            if state == "unknown":
                # The scheduler may have told it before it gave up, so it gets a moment.
                unknown += 1
                if unknown * SOON > ASK:
                    await self._link.set_up(address, fleet.plugin)
                continue
            known.retry_at = 0.0
            logger.info("collector %r: worker %s answers again", fleet.key, address)
            fleet.pump_soon()
            return


def _named(addresses: set[str]) -> str:
    """Workers, as a sentence begins with them."""
    return f"worker{'s' if len(addresses) > 1 else ''} {', '.join(sorted(addresses))}"
