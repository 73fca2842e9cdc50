"""The property machine: generated plans are played, and laws say what must be true of every run.

Read it in this order:

- plan: what a run does, step by step: a queue, its collectors, what each processor does with each
  payload, and what happens meanwhile. A plan is plain data, and its repr is the code that makes it.
- plans: Hypothesis strategies that generate plans, by kinds of steps.
- run: the machine. It carries a plan out on a virtual clock, so that every time is exact; loop has
  that clock.
- actors: the router, the processors and the lifecycles of a run, which do as the plan says.
- ledger: what they note of what really happens, and the laws that hold at every moment.
- laws: the laws of a whole run, checked when it has ended.
- ways: what must make no difference to a run, and the readings by which runs are compared.

The tests in here say with which kinds of steps the machine is played. A plan that breaks a law is
printed as a script that repeats the run. To add something that a queue can do: a step or a field
of the plan, a strategy that generates it, a case in `Machine.do`, and the law that it must keep.
"""

from tests.engine.machine.plan import Plan
from tests.engine.machine.run import play

__all__ = ["Plan", "play"]
