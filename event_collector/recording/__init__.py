"""Recordings: what went through a queue, kept in a file, to be read, replayed and compared.

>>> import asyncio, tempfile
>>> from event_collector import Collector, CollectorQueue, Ok, Payload
>>> async def double(payload, ctx):
...     return Ok(2 * payload.value)
>>> async def run(path, processor, payloads):
...     collectors = [Collector("double", processor)]
...     queue = CollectorQueue(collectors, min_consumers=1, max_consumers=1)
...     with record(queue, path):
...         async with queue:
...             await payloads(queue.get_publisher())
...     return read(path)
>>> with tempfile.TemporaryDirectory() as folder:
...     sending = lambda publisher: publisher.send_all([Payload(1), Payload(2)])
...     before = asyncio.run(run(f"{folder}/a.jsonl", double, sending))
...     replaying = lambda publisher: replay(before, publisher, speed=None)
...     after = asyncio.run(run(f"{folder}/b.jsonl", double, replaying))
>>> compare(before, after)
Comparison(no difference in 2 events)

The file is JSON Lines: a header, a line for each event when it is done, at the end one for each
that has no result yet, and one that says how many there are. Reading it never runs code.

In a terminal, `python -m event_collector.recording compare a.jsonl b.jsonl` says what differs, and
ends with exit code 1 if anything does.
"""

from event_collector.recording.codec import Codec
from event_collector.recording.comparing import near, same, two_texts
from event_collector.recording.differences import Comparison, Difference, compare
from event_collector.recording.errors import RecordedError, RecordingError
from event_collector.recording.reader import Recording, read
from event_collector.recording.recorder import Recorder, record
from event_collector.recording.replaying import replay
from event_collector.recording.saving import save

__all__ = [
    "Codec",
    "Comparison",
    "Difference",
    "RecordedError",
    "Recorder",
    "Recording",
    "RecordingError",
    "compare",
    "near",
    "read",
    "record",
    "replay",
    "same",
    "save",
    "two_texts",
]
