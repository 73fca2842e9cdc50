"""Scripts that measure what stands on a page: what is cut, overlaps, or sticks out."""

CUT = """
root => [...root.querySelectorAll('td, th, select, .widget-label')].filter(each => {
    const style = getComputedStyle(each);
    if (!each.getClientRects().length || style.clipPath !== 'none') return false;
    if (each.localName !== 'select') return each.scrollWidth > each.clientWidth + 1;
    const text = document.createElement('canvas').getContext('2d');
    text.font = style.font;
    const words = each.selectedOptions[0]?.textContent ?? '';
    const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return text.measureText(words).width > room + 1;
}).map(each => each.selectedOptions?.[0]?.textContent ?? each.textContent)
"""
"""The texts in an element that have less room than they need."""

CUT_CELLS = """
all => all.filter(each => !each.textContent.includes('→')
    && each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)
"""
"""The texts of cells that are cut, but for who gets it."""

SIDEWAYS = """
root => [...root.querySelectorAll('.ec-panel, .ec-scroll')]
    .filter(each => each.getClientRects().length && each.scrollWidth > each.clientWidth + 1)
    .map(each => each.className)
"""
"""What must be scrolled sideways."""

OVERLAPS = """
grid => [...grid.querySelectorAll('tr')].flatMap(row => {
    const boxes = [...row.children].filter(each => each.textContent
        && getComputedStyle(each).clipPath === 'none').map(each => {
            const range = document.createRange();
            range.selectNodeContents(each);
            return [each.textContent, range.getBoundingClientRect()];
        });
    return boxes.flatMap(([one, a], n) => boxes.slice(n + 1)
        .filter(([, b]) => a.left < b.right + 1 && b.left < a.right + 1
            && a.top < b.bottom - 2 && b.top < a.bottom - 2)
        .map(([other]) => `${one} | ${other}`));
})
"""
"""Of each row the cells whose texts touch."""

TILES = """
panel => [...panel.querySelectorAll('.ec-tiles > div:has(svg)')].map(tile => ({
    frame: tile.getBoundingClientRect().toJSON(),
    number: tile.querySelector('b').getBoundingClientRect().toJSON(),
    line: tile.querySelector('svg').getBoundingClientRect().toJSON(),
    paths: tile.querySelectorAll('path').length,
    areas: tile.querySelectorAll('polygon').length,
}))
"""
"""Of each tile of the queue with a line what stands in it, and where."""

HEADS = """
head => {
    const boxes = [...head.querySelectorAll('th')]
        .filter(each => getComputedStyle(each).clipPath === 'none')
        .map(each => each.getBoundingClientRect());
    return boxes.length >= 2 && new Set(boxes.map(box => Math.round(box.bottom))).size === 1
        && boxes.every(box => box.height < 26);
}
"""
"""Whether all heads in sight end at one height, and each has one line."""
