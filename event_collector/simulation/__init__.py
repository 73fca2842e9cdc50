"""A clock that can be trusted: run a queue for virtual hours, with arrivals and service times.

Nothing here waits: `simulate` runs ordinary asyncio code on a loop whose clock jumps to the next
timer. The same code gives the same times in every run.

>>> import asyncio
>>> async def main():
...     await asyncio.sleep(3600)
...     return asyncio.get_running_loop().time()
>>> simulate(main)
3600.0
"""

from event_collector.simulation.errors import DeadlockError, RealTimeError, Waiting
from event_collector.simulation.patterns import (
    arrivals,
    bursty_arrivals,
    constant_arrivals,
    constant_times,
    daily_arrivals,
    exponential_times,
    lognormal_times,
)
from event_collector.simulation.run import simulate
from event_collector.simulation.sending import send_at
from event_collector.simulation.theory import erlang_c, mean_wait

__all__ = [
    "DeadlockError",
    "RealTimeError",
    "Waiting",
    "arrivals",
    "bursty_arrivals",
    "constant_arrivals",
    "constant_times",
    "daily_arrivals",
    "erlang_c",
    "exponential_times",
    "lognormal_times",
    "mean_wait",
    "send_at",
    "simulate",
]
