"""Scene: an animation, and buttons that each do one thing, so that nobody types before a class."""

from collections.abc import Callable, Mapping
from inspect import isawaitable

import ipywidgets as w

from event_collector._text import one_line
from event_collector_widgets.motion.animation import Animation
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts.menus import escaped
from event_collector_widgets.workbench import Workbench

DONE = "check"
"""The icon of what was done. The words stay: it can be done again."""


class Scene(Panel):
    """The animation of a workbench, and beside it a button for each thing that is to be shown.

    A button does what a function does, so a click is all it takes. What was done is marked. What a
    function raises is shown below the buttons.

    Args:
        bench: The workbench that is shown.
        acts: By what its button says, a function without arguments, or an async one.

    Raises:
        TypeError: `acts` is not a dict of texts and functions; or as from a Panel.
        ValueError: There is no act, or one without a text.
    """

    title = "Scene"

    def __init__(self, bench: Workbench, acts: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(bench)
        self.acts = _checked(acts)
        self.buttons = {name: w.Button(description=name) for name in self.acts}
        self.animation = Animation(bench)
        """Its `ask` brings a payload to the publisher."""
        column = w.VBox([*self.buttons.values(), self.status]).add_class("ec-column")
        self.children = (w.HBox([column, self.animation]).add_class("ec-beside-each-other"),)
        self.add_class("ec-wall")
        for name, button in self.buttons.items():
            self.on_click(button, lambda name=name: self.act(name))  # type: ignore[misc]

    async def act(self, name: str) -> None:
        """Do what the button of this name does, and mark it.

        Raises:
            KeyError: There is no such act.
            Exception: What the function raises.
        """
        done = self.acts[name]()
        if isawaitable(done):
            await done
        self.buttons[name].icon = DONE
        self.buttons[name].tooltip = "done; a click does it again"

    def forget(self) -> None:
        """Nothing was done in the workbench that is new."""
        for button in self.buttons.values():
            button.icon = button.tooltip = ""

    def static(self) -> str:
        """The animation's picture, and what can be clicked where a kernel runs."""
        return f"{self.animation.still()}<p>Buttons: {escaped(', '.join(self.acts))}</p>"

    def __repr__(self) -> str:
        return f"Scene({self.bench!r}, {one_line(list(self.acts))})"


def _checked(acts: object) -> dict[str, Callable[[], object]]:
    if not isinstance(acts, Mapping):
        raise TypeError(
            f"acts must be a dict of texts and functions, got {type(acts).__name__}: "
            f"{one_line(acts)}"
        )
    if not acts:
        raise ValueError("a scene needs an act at least; write Scene(bench, {'Send': send})")
    for name, act in acts.items():
        if not isinstance(name, str):
            raise TypeError(f"what a button says must be a str, got {type(name).__name__}: {name}")
        if not name.strip():
            raise ValueError("what a button says must not be empty")
        if not callable(act):
            raise TypeError(
                f"the act {name!r} must be a function without arguments, got "
                f"{type(act).__name__}: {one_line(act)}; write lambda: ... around it"
            )
    return dict(acts)
