"""The reader behind `read_mqtt`: a client, what came by it, and what becomes of that."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from event_collector import _check
from event_collector._log import logger
from event_collector._text import describe, one_line
from event_collector.data import Payload, ResultList
from event_collector.errors import QueueClosedError, QueueFullError
from event_collector.inputs.mqtt_messages import DeadLetter, Message
from event_collector.queue import CollectorQueue

if TYPE_CHECKING:
    from concurrent.futures import Future


TRY_AGAIN = 1, 30
"""After so many seconds a lost connection is tried again, and twice as many each time, up to so
many."""
ANSWER = 10.0
"""For so many seconds a broker may take to answer when it is first asked."""
ROOM = 0.5
"""After so many seconds of a full queue, a thread asks whether it should still wait."""


class _Arrived:
    """A message that is not acknowledged yet."""

    __slots__ = ("connection", "message", "mid", "outcome")

    def __init__(self, message: Message, mid: int | None, connection: int) -> None:
        self.message = message
        self.mid = mid
        """Its number; None if it came with QoS 0, as it was published: nobody waits to be told."""
        self.connection = connection
        """Which one it came by. Another one's numbers mean other messages."""
        self.outcome: bool | None = None
        """Whether it is to be acknowledged, when that is known."""


class Reader:
    """A client of a broker. What it calls by itself runs in paho's thread."""

    def __init__(
        self,
        queue: CollectorQueue,
        address: str,
        filters: list[str],
        client_id: str,
        payload_of: Callable[[Message, list[str]], Payload[Any]],
        dead_letter: Callable[[DeadLetter], Awaitable[object]] | None,
    ) -> None:
        self._publisher = queue.get_publisher()
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._filters = filters
        self._payload_of = payload_of
        self._dead_letter = dead_letter
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._told = False
        """Whether `open` was told that it is open, or why not. Set in paho's thread only."""
        self._idle = asyncio.Event()
        """Set when, after `close`, nothing is awaited any more."""
        self._lock = threading.RLock()
        """Between paho's thread and the loop's, over the three below."""
        self._arrived: deque[_Arrived] = deque()
        self._connection = 0
        self._refused = 0
        """How many came by this connection that will not be acknowledged."""
        self._stopped = False
        self.subscribed = False
        """Whether the broker delivers now."""
        self.client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=True
        )
        client.reconnect_delay_set(*TRY_AGAIN)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._came

    async def open(self, host: str, port: int) -> None:
        """Connect and subscribe, or raise why that is not possible; nothing is open then."""
        try:
            await self._connect(host, port)
        except BaseException:
            self._stopped = True
            await self._leave()
            raise

    async def _connect(self, host: str, port: int) -> None:
        try:
            await asyncio.to_thread(self.client.connect, host, port)
        except OSError as exc:
            raise ConnectionError(
                f"no MQTT broker answers at {self._address!r} ({describe(exc)}); start one there, "
                "or give its address"
            ) from exc
        self.client.loop_start()
        try:
            async with asyncio.timeout(ANSWER):
                await self._opened
        except TimeoutError:
            raise TimeoutError(
                f"what listens at {self._address!r} did not answer as an MQTT broker "
                f"within {ANSWER:g} s"
            ) from None

    async def close(self, timeout: float) -> None:
        """Take nothing more, wait for what was taken, acknowledge it, and leave."""
        with self._lock:
            self._stopped = True
            if not self._arrived:
                self._idle.set()
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            logger.warning(
                "%d messages from %r had no results within %g s: they are not acknowledged, "
                "and will come again",
                *(len(self._arrived), self._address, timeout),
            )
        finally:
            await self._leave()

    async def _leave(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)

    def _connected(self, *told: Any) -> None:
        _, _, _, reason, _ = told
        if reason.is_failure:
            self._refuse(f"refused the connection: {reason}; set the login with configure=")
            return
        with self._lock:
            self._connection += 1
        if self._told:
            logger.info("connected again to the MQTT broker at %r", self._address)
        self.client.subscribe([(each, 1) for each in self._filters])

    def _subscribed(self, *told: Any) -> None:
        _, _, _, reasons, _ = told
        bad = [each for each, why in zip(self._filters, reasons, strict=False) if why.is_failure]
        if bad:
            self._refuse(f"refused to deliver {', '.join(map(repr, bad))}")
        else:
            self.subscribed = True
            self._tell(None)

    def _refuse(self, why: str) -> None:
        error = ConnectionError(f"the MQTT broker at {self._address!r} {why}")
        if self._told:
            logger.error("%s", error)
            return
        self._stopped = True  # `open` raises it, and nothing is tried again
        self._tell(error)

    def _tell(self, error: Exception | None) -> None:
        """Let `open` go on, if it still waits."""
        if self._told:
            return
        self._told = True

        def tell() -> None:
            if self._opened.done():  # nobody waits any more
                return
            if error is None:
                self._opened.set_result(None)
            else:
                self._opened.set_exception(error)

        self._loop.call_soon_threadsafe(tell)

    def _disconnected(self, *told: Any) -> None:
        reason = told[3]
        self.subscribed = False
        with self._lock:
            self._connection += 1  # what came before cannot be acknowledged any more
            self._refused = 0
            self._forget()
        if self._told and not self._stopped:
            logger.warning(
                "the connection to the MQTT broker at %r was lost (%s); it is tried again",
                *(self._address, reason),
            )

    def _came(self, _: object, __: object, came: paho.MQTTMessage) -> None:
        message = Message(came.topic, bytes(came.payload), came.retain, came.dup)
        with self._lock:
            if self._stopped:
                return  # not acknowledged: it comes again
            arrived = _Arrived(message, came.mid if came.qos else None, self._connection)
            self._arrived.append(arrived)
        if not self.subscribed:
            # What a session has kept comes before the broker's answer to the subscription, which is
            # not read while the queue is full: that it delivers is answer enough.
            self.subscribed = True
            self._tell(None)
        try:
            payload = self._payload_of(message, self._filters)
            _check.kind(payload, Payload, "what payload_of returns", "return Payload(...)")
        except BaseException as exc:  # SystemExit would end paho's thread, and nobody would know
            self._bury(arrived, describe(exc))
            return
        if (results := self._send(payload)) is None:
            self._settle(arrived, acknowledge=False)
        else:
            results.add_done_callback(lambda results: self._processed(arrived, results))

    def _send(self, payload: Payload[Any]) -> "Future[ResultList] | None":
        """Wait for room; None if nobody wants it any more."""
        while not self._stopped:
            try:
                return self._publisher.send_threadsafe(payload, wait_for_room=True, timeout=ROOM)
            except QueueFullError:
                continue
            except QueueClosedError:
                break
        return None

    def _processed(self, arrived: _Arrived, results: "Future[ResultList]") -> None:
        """All its results are in."""
        try:
            given = results.result()
        except BaseException as exc:
            self._bury(arrived, describe(exc))
            return
        errors = [describe(result.exception) for result in given if result.ok is False]
        if errors or not given.delivered:
            self._bury(arrived, "\n".join(errors) or "it reached no collector")
        else:
            self._settle(arrived, acknowledge=True)

    def _bury(self, arrived: _Arrived, error: str) -> None:
        """It was not processed well: give it to who keeps such, if anybody does."""
        if self._dead_letter is None:
            logger.error(
                "a message of %r was not processed well, and is not acknowledged (%s): %s",
                *(arrived.message.topic, error, one_line(arrived.message.data)),
            )
            self._settle(arrived, acknowledge=False)
            return
        letter = DeadLetter(arrived.message, error)
        asyncio.run_coroutine_threadsafe(self._keep(arrived, letter), self._loop)

    async def _keep(self, arrived: _Arrived, letter: DeadLetter) -> None:
        assert self._dead_letter is not None
        kept = False
        try:
            await self._dead_letter(letter)
            kept = True
        except Exception:
            logger.exception(
                "dead_letter failed: a message of %r is not acknowledged", letter.message.topic
            )
        finally:
            self._settle(arrived, acknowledge=kept)

    @property
    def unacknowledged(self) -> int:
        """How many messages have come by this connection that are not acknowledged."""
        return len(self._arrived) + self._refused

    def _settle(self, arrived: _Arrived, *, acknowledge: bool) -> None:
        """It is known what becomes of a message: acknowledge what can be, in order."""
        with self._lock:
            arrived.outcome = acknowledge
            self._forget()

    def _forget(self) -> None:
        """Let those go that stand first and are settled."""
        while self._arrived and self._arrived[0].outcome is not None:
            first = self._arrived.popleft()
            here = first.connection == self._connection
            if not here or first.mid is None:
                continue
            if first.outcome:
                self.client.ack(first.mid, 1)
            else:
                self._refused += 1
        if self._stopped and not self._arrived and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._idle.set)
