"""SendPanel: a form that makes a payload, shows who would get it, and sends it."""

import json
from html import escape
from typing import Any

import ipywidgets as w

from event_collector import CollectorEvent, Delivery, Payload, ResultList
from event_collector._text import one_line
from event_collector_widgets.panels.live import Code
from event_collector_widgets.panels.panel import Panel
from event_collector_widgets.panels.parts import offer, split_names, wide
from event_collector_widgets.workbench import Workbench

EXAMPLE = '{"city": "seattle", "hour": "2010-12-31 23:00:00", "temp": 39.4}'
"""What the form begins with."""

SHOWN = 50
"""How many collectors the preview shows at most."""


class SendPanel(Panel):
    """Sends a value with a delivery mode, and keeps its contents for the next time.

    Args:
        bench: The workbench that it sends to.
    """

    title = "Send"
    told = ("closed", "paused", "full")

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.source = w.ToggleButtons(options=["JSON", "variable"], description="value")
        self.text = w.Textarea(
            '{"city": "seattle", "hour": "2010-12-31 23:00:00", "temp": 39.4}',
            rows=3,
            layout=wide(),
        )
        self.variable = w.Dropdown(layout=wide())
        self.delivery = w.ToggleButtons(
            options=[(each.value, each) for each in Delivery], description="delivery"
        )
        self.key_choice = w.SelectMultiple(description="keys", rows=4, layout=wide())
        self.topic_choice = w.SelectMultiple(description="topics", rows=4, layout=wide())
        self.others = w.Text(
            description="and", placeholder="others, comma-separated", layout=wide()
        )
        self.priority = w.Text(description="priority", placeholder="the default", layout=wide())
        self.preview = w.HTML().add_class("ec-preview")
        self.send_button = w.Button(description="Send", button_style="primary")
        self.code_line = Code()
        self.children = (
            self.heading,
            self.warning,
            self.source,
            self.text,
            self.variable,
            self.delivery,
            self.key_choice,
            self.topic_choice,
            self.others,
            self.priority,
            self.preview,
            self.send_button,
            self.code_line,
            self.status,
        )
        for toggle in (self.source, self.delivery):
            toggle.style.button_width = "auto"
        fields = (self.source, self.text, self.variable, self.delivery)
        more = (self.key_choice, self.topic_choice, self.others, self.priority)
        self.send_button.add_class("ec-primary")
        self.on_click(self.send_button, self.send)
        self.on_input([*fields, *more], self._show)
        self._latest: CollectorEvent | None = None
        self.refresh()
        bench.watch(self.repaint)

    def payload(self) -> Payload[Any]:
        """The payload that the form describes.

        Raises:
            ValueError: The text is not JSON, no variable is chosen, or the priority is not an int.
        """
        return Payload(
            self._value(),
            self.delivery.value,
            keys=self._named(Delivery.KEY),
            topics=self._named(Delivery.TOPIC),
            priority=self._priority(),
        )

    async def send(self) -> ResultList:
        """Send the payload of the form, and wait for its results.

        Raises:
            ValueError: As from `payload`.
            QueueClosedError: The workbench was closed.
        """
        event = await self.bench.send(self.payload())
        self._latest = event
        self.say(f"event {event.id} sent")
        results = await event.wait()
        if self._latest is event:
            self.say(_outcome(event, results))
        return results

    def code(self) -> str:
        """What `send` does, as code for a cell."""
        value = repr(self._value()) if self.source.value == "JSON" else self.variable.value
        parts = [value]
        used: list[type] = [Payload]
        mode: Delivery = self.delivery.value
        if mode is not Delivery.BROADCAST:
            word = "keys" if mode is Delivery.KEY else "topics"
            parts += [f"Delivery.{mode.name}", f"{word}={self._named(mode)!r}"]
            used.append(Delivery)
        if (priority := self._priority()) is not None:
            parts.append(f"priority={priority}")
        return self.cell(f"send(Payload({', '.join(parts)}))", *used)

    def forget(self) -> None:
        """What was chosen of the collectors that were goes on as if typed: they may come again."""
        self._latest = None
        mode = self.delivery.value
        if mode is not Delivery.BROADCAST:
            self.others.value = ", ".join(self._named(mode))

    def refresh(self) -> None:
        """Offer the variables, keys and topics that there are now."""
        super().refresh()
        collectors = self.bench.collectors
        topics = {topic for each in collectors.values() for topic in each.topics}
        with self.hold_sync():
            offer(self.variable, list(self.bench.values()))
            offer(self.key_choice, list(collectors))
            offer(self.topic_choice, sorted(topics))
            self._show()

    def _show(self) -> None:
        mode = self.delivery.value
        _visible(self.text, self.source.value == "JSON")
        _visible(self.variable, self.source.value == "variable")
        _visible(self.key_choice, mode is Delivery.KEY)
        _visible(self.topic_choice, mode is Delivery.TOPIC)
        _visible(self.others, mode is not Delivery.BROADCAST)
        try:
            self.preview.value = self._who()
            self.code_line.show(self.code())
        except ValueError as exc:
            self.preview.value = f'<div class="ec-error">{escape(str(exc))}</div>'
            self.code_line.show("")

    def _who(self) -> str:
        """Who would get the payload, and why, as HTML."""
        explained = self.bench.explain(self.payload())
        if explained is None:
            router = type(self.bench.queue.router).__name__
            return f'<div class="ec-note">{escape(router)} decides when the payload is taken</div>'
        count = sum(each.receives for each in explained)
        head = f"would reach {count} of {len(explained)}" if count else "would reach nobody"
        lines = "".join(
            f'<li class="{"ec-yes" if each.receives else "ec-no"}">'
            f"<b>{escape(each.key)}</b> {escape(each.reason)}</li>"
            for each in explained[:SHOWN]
        )
        if len(explained) > SHOWN:
            lines += f"<li>and {len(explained) - SHOWN:,} more</li>"
        return f'<div class="ec-note">{head}</div><ul class="ec-who">{lines}</ul>'

    def _value(self) -> Any:
        if self.source.value == "variable":
            if self.variable.value is None:
                raise ValueError("the notebook has no variable to send yet")
            return self.bench.namespace[self.variable.value]
        try:
            value = json.loads(self.text.value)
            json.dumps(value, allow_nan=False)  # Python reads NaN, which no JSON has
            return value
        except json.JSONDecodeError as exc:
            raise ValueError(
                f"the value is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}; "
                'texts need double quotes, as in "cold"'
            ) from None
        except (ValueError, RecursionError) as exc:
            raise ValueError(f"the value is not JSON: {exc}") from None

    def _named(self, mode: Delivery) -> list[str]:
        if self.delivery.value is not mode:
            return []
        offered = self.key_choice.value if mode is Delivery.KEY else self.topic_choice.value
        return list(dict.fromkeys([*offered, *split_names(self.others.value)]))

    def _priority(self) -> int | None:
        text = self.priority.value.strip()
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"priority must be a whole number, got {text!r}") from None


def _visible(field: w.Widget, shown: bool) -> None:
    field.layout.display = None if shown else "none"


def _outcome(event: CollectorEvent, results: ResultList) -> str:
    if not results.delivered:
        return f"event {event.id} reached nobody: {results.first()!r}"
    told = ", ".join(
        f"{key or '?'}: {one_line(result)}"
        for key, result in zip(results.keys, results, strict=True)
    )
    return f"event {event.id}: {told}"
