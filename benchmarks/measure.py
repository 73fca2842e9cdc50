"""One measurement in a process of its own; run by path, never imported by the others.

The order comes as JSON in the only argument, the values go out as the last line of the output.
Run it with `python -I`, so that neither the directory nor the environment adds a path: our package
and the peer's have the same name.
"""

import asyncio
import json
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.observe import Opener
    from benchmarks.spec import Order, Values


def _find_benchmarks() -> None:
    """Make `benchmarks` importable, and not what lies beside it."""
    package = types.ModuleType("benchmarks")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["benchmarks"] = package


def _opener(order: "Order") -> "Opener":
    from benchmarks.spec import BARE, OURS, PEER

    side = order["side"]
    if side in (OURS, PEER):
        from benchmarks.sides import differences

        differences.use(side, order.get("root"))
        from benchmarks.sides import collectors

        return collectors.opener(side)
    if side == BARE:
        from benchmarks.sides import bare

        return bare.opened
    from benchmarks.sides import alternatives

    return alternatives.OPENERS[side]


def _measure(order: "Order") -> "Values":
    from benchmarks.observe import observe
    from benchmarks.spec import Spec

    spec = Spec(**order["spec"])  # type: ignore[arg-type]
    return asyncio.run(observe(spec, _opener(order)))


if __name__ == "__main__":
    _find_benchmarks()
    values = _measure(json.loads(sys.argv[1]))
    sys.stdout.write(f"\n{json.dumps(values)}\n")
