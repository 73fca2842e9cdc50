"""The text of the module: imports, what was typed, the queue, and the service."""

from collections.abc import Iterable
from typing import NamedTuple

from event_collector import CollectorQueue
from event_collector_widgets.export.beginnings import Beginnings
from event_collector_widgets.export.calls import laid_out
from event_collector_widgets.export.cells import Origin
from event_collector_widgets.export.collectors import Collectors
from event_collector_widgets.export.imports import Import, written
from event_collector_widgets.export.item import Item
from event_collector_widgets.export.literals import WIDTH
from event_collector_widgets.export.refusals import ExportError
from event_collector_widgets.export.walk import Walk

_OURS = [
    Import("asyncio"),
    Import("logging"),
    Import("event_collector", "Collector"),
    Import("event_collector", "CollectorQueue"),
    Import("event_collector", "stop_on_signals"),
    Import("event_collector.inputs", "Inputs"),
    Import("event_collector.inputs", "read_lines"),
]

_OWN_NAMES = ("make_queue", "serve", "main")

_DOC = '''"""{name}: the workbench {bench!r} as a service, exported from a notebook.

`python {name}.py` runs it, and takes payloads from standard input,
a line of JSON each. For another input, keep this module as it is,
and write one beside it:

    from {name} import main

    main(inputs)  # a function of the queue, see event_collector.inputs
"""'''

_SERVICE = '''async def serve(inputs: Inputs = read_lines) -> None:
    """Run the queue and its input until SIGTERM or SIGINT; then process the rest."""
    queue = make_queue()
    async with stop_on_signals() as stop, queue, inputs(queue):
        await stop.wait()


def main(inputs: Inputs = read_lines) -> None:
    """Run as a service: until SIGTERM or SIGINT, and until the queue is drained."""
    logging.basicConfig(level=logging.INFO)
    asyncio.run(serve(inputs))


if __name__ == "__main__":
    main()
'''


class Module(NamedTuple):
    """What would be written."""

    text: str
    notes: list[str]
    """What a user should know before it is written: the contexts, and what is not as typed."""
    collectors: int
    """How many it has."""


def module_of(
    name: str,
    bench: str,
    queue: CollectorQueue,
    beginnings: Beginnings,
    home: Origin,
    include: Iterable[str] = (),
) -> Module:
    """A workbench as the text of a module.

    Args:
        name: The module's name.
        bench: The workbench's name.
        queue: Its queue.
        beginnings: What the contexts held at first.
        home: What the notebook has typed.
        include: Names that are only found by a string.

    Raises:
        ExportError: Something cannot be written.
    """
    walk = Walk(home)
    for each in _OURS:
        walk.add_import(each)
    making = Collectors(walk, queue, beginnings)
    calls, options = making.written(), making.options()
    for included in include:
        walk.need(included, home, "include=")
    walk.finish()
    if not calls:
        walk.problem("the workbench has no collector: define one first")
    if walk.future_annotations:
        walk.add_import(Import("__future__", "annotations"))
    bound = {each for item in walk.items for each in item.binds}
    for taken in _OWN_NAMES:
        if taken in bound or any(taken == each.binds for each in walk.imports):
            walk.problem(f"{taken!r} is a name of the module's own: rename yours")
    for each in _OURS:
        if each.binds in bound:
            walk.problem(f"{each.binds!r} is a name that the module imports: rename yours")
    if walk.problems:
        raise ExportError(walk.problems)
    made = _make_queue(making, calls, options)
    walk.string_only(set(include), _all_used(walk, made))
    parts = [_DOC.format(name=name, bench=bench), written(walk.imports, WIDTH)]
    text = "\n\n".join(parts) + _joined(_ordered(walk.items)) + f"\n\n\n{made}\n\n\n{_SERVICE}"
    return Module(text, [*making.contexts, *walk.notes], len(calls))


def _all_used(walk: Walk, made: str) -> set[str]:
    used = {name for item in walk.items for name in item.names}
    used |= {each.binds for each in _OURS}
    return used | {each.binds for each in walk.imports if f"{each.binds}" in made}


def _make_queue(making: Collectors, calls: list[str], options: list[str]) -> str:
    """The function that makes the queue anew each time."""
    lines = [
        "def make_queue() -> CollectorQueue:",
        '    """The queue, not running yet, with collectors and contexts of its own."""',
        *(
            f"    {variable} = {laid_out(made, 4, len(variable) + 3, 0)}"
            for variable, made in making.shared.values()
        ),
        "    return CollectorQueue(",
    ]
    lines += ["        [", *(f"            {laid_out(each, 12)}," for each in calls), "        ],"]
    lines += [f"        {each}," for each in options]
    return "\n".join([*lines, "    )"])


def _ordered(items: list[Item]) -> list[Item]:
    """The items as they were typed, but none before what it needs when it is run."""
    binder = {name: item for item in items for name in item.binds}
    out: list[Item] = []
    begun: set[Item] = set()

    def emit(item: Item) -> None:
        if item in begun:
            return
        begun.add(item)
        for other in _before(item, binder):
            emit(other)
        out.append(item)

    for item in sorted(items, key=lambda each: each.order):
        emit(item)
    return out


def _before(item: Item, binder: dict[str, Item]) -> list[Item]:
    """What must stand before an item: what it needs at once, and all that this needs in turn."""
    found: dict[Item, None] = {}
    waiting = [binder[name] for name in sorted(item.at_once) if name in binder]
    while waiting:
        each = waiting.pop()
        if each is not item and each not in found:
            found[each] = None
            waiting += [binder[name] for name in sorted(each.names) if name in binder]
    return sorted(found, key=lambda each: each.order)


def _joined(items: list[Item]) -> str:
    """The items one after the other, with the blank lines that ruff has there."""
    text, before = "", None
    for item in items:
        close = before is not None and before.compact and item.compact
        text += ("\n" if close else "\n\n\n" if _tall(item, before) else "\n\n") + item.text
        before = item
    return text


def _tall(item: Item, before: Item | None) -> bool:
    """Whether two blank lines stand between the two. After the imports, ruff has them before
    functions and classes alone."""
    if before is None:
        first = next(line for line in item.text.splitlines() if not line.startswith("#"))
        return first.startswith(("def ", "async def ", "class ", "@"))
    return not item.compact or not before.compact
