"""Texts that do harm where they are taken for something else than text, and who finds that out."""

from typing import Any

TEXTS = [
    '<img src=x onerror="window.hacked = 1">',
    "</script><script>window.hacked = 2</script>",
    "</pre></textarea><svg onload='window.hacked = 3'><b>bold</b>",
    '"><iframe srcdoc="<script>parent.hacked = 4</script>"></iframe>',
    "javascript:window.hacked = 5",
    "{{constructor.constructor('window.hacked = 6')()}} ${window.hacked = 6}",
    "line\u2028separator\u2029paragraph",
    "\u202egnp.exe, \u2066<i onclick=alert(7)>",
    "half a pair: \ud800",
    "\x00\x1b[31m<u>&lt;img src=x onerror=alert(8)&gt;",
    "<marquee>" * 2_000,
]
"""They set `window.hacked`, open a dialog, or bring in an element, if one of them runs."""

BENCH = f"""
from event_collector_widgets import Workbench
from event_collector import Collector, Context, Delivery, Ok, Payload
from IPython.display import HTML, display
import logging
TEXTS = {TEXTS!r}
bench = Workbench(TEXTS[0], history=1_000)

async def speaks(payload, ctx):
    print(payload.value)
    display(HTML(str(payload.value)))
    logging.getLogger("hostile").warning("%s", payload.value)
    return Ok({{payload.value: [payload.value]}})

async def raises(payload, ctx):
    raise ValueError(payload.value)

for number, text in enumerate(TEXTS):
    processor = raises if number % 2 else speaks
    await bench.put(Collector(text, processor, topics=[text], ctx=Context(**{{text: text}})))
"""
"""A workbench whose keys, topics and context values are these texts."""

SENT = """
from event_collector_widgets.output import stays_in_panel
with stays_in_panel():  # a cell shows what a processor displays as the cell's own: it may be HTML
    for text in TEXTS:
        await bench.send(Payload(text, Delivery.TOPIC, topics=[text]))
        await bench.send(Payload({text: text}, Delivery.KEY, keys=[text]))
    await bench.publisher.wait()
"""
"""Has sent each of them to its own collector, by topic and by key."""

_TAGS = """
root => {
    const told = [];
    for (const each of root.querySelectorAll('*')) {
        told.push(each.localName);
        for (const { name, value } of each.attributes) {
            if (name.startsWith('on')) told.push(`${each.localName}[${name}]`);
            if (/^\\s*javascript:/i.test(value) && ['href', 'src', 'action'].includes(name))
                told.push(`${each.localName}[${name}=${value}]`);
        }
        if (each.localName === 'b' && each.textContent === 'bold') told.push('bold');
        if (each.localName === 'img' && !each.src.startsWith('data:image/')) told.push('img[src]');
    }
    return [...new Set(told)];
}
"""

OURS = {
    *("b", "br", "button", "circle", "code", "dd", "defs", "desc", "div", "dl", "dt", "em"),
    *("g", "h3", "h4", "h5", "i", "img", "input", "label", "li", "line", "marker", "option"),
    *("p", "path", "polygon", "polyline", "pre", "rect", "section", "select", "span", "style"),
    *("svg", "table", "tbody", "td", "text", "textarea", "th", "thead", "title", "tr", "ul"),
    "wbr",
}
"""The elements that the panels make themselves."""


def harm(page: Any, root: Any) -> list[str]:
    """What has run on a page, and what stands in its panels that they have not made."""
    hacked = page.page.evaluate("window.hacked")
    found = set(root.evaluate(_TAGS)) - OURS
    return [*page.complaints, *([f"hacked = {hacked}"] if hacked else []), *sorted(found)]
