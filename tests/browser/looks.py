"""What a page looks like to those who see it and to those who hear it: contrast, and axe-core."""

from typing import Any

CONTRAST = """
panel => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number)
    .map((each, place) => colour.startsWith('color(') && place < 3 ? each * 255 : each);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const rgba = numbers(getComputedStyle(each).backgroundColor);
      if (rgba.length < 4 || rgba[3] > 0.5) return rgba;
    }
    return [255, 255, 255];
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const told = [];
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    if (['STYLE', 'OPTION'].includes(element.tagName) || element.matches(':disabled')) continue;
    const pair = [numbers(getComputedStyle(element).color), behind(element)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    told.push([walker.currentNode.data.trim().slice(0, 40), ratio]);
  }
  return told;
}
"""
"""For each text that is seen in an element: the contrast to what is behind it."""

TABS = ("Send", "Collectors", "Try out", "Queue", "Pictures")
"""The tabs of the playground, in order."""

LEAST = 4.5
"""The least contrast of a text to what is behind it, of the guidelines' level AA."""


def pale_texts(playground: Any) -> list[str]:
    """The texts in sight that differ too little from what is behind them."""
    told: list[tuple[str, float]] = playground.evaluate(CONTRAST)
    assert len(told) > 20
    return [f"{text}: {ratio:.1f}" for text, ratio in told if ratio < LEAST]


IMPACTS = ["minor", "moderate", "serious", "critical"]
"""How axe-core weighs what it finds."""


def barriers(page: Any, within: str = ".ec-playground", *, least: str = "serious") -> list[str]:
    """What axe-core finds, of this impact or a worse one, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    response = Axe().run(page, context=within).response
    return [
        f"{found['id']}: {node['html'][:200]}"
        for found in response["violations"]
        if found["impact"] in IMPACTS[IMPACTS.index(least) :]
        for node in found["nodes"]
    ]
