"""What is asked of a page in its own language."""

SINCE = """
panel => {
    panel.ecSaid = 0;
    const seen = new MutationObserver(() => panel.ecSaid++);
    for (const each of panel.querySelectorAll('.ec-status'))
        seen.observe(each, { subtree: true, childList: true, characterData: true });
}
"""
"""Counts from now on how often a panel's own line changes."""

EMPTY = "all => all.filter(e => !e.textContent.trim() && !e.childElementCount).length"
"""How many outputs are there and not yet written."""

LISTEN = """
() => {
    const bar = document.querySelector('.jp-StatusBar-Widget');
    const state = () => (bar.textContent.match(/Python 3[^|]*\\| ([A-Z][a-z]+)/) || [])[1];
    window.states = [];
    new MutationObserver(() => window.states.push(state()))
        .observe(bar, {subtree: true, childList: true, characterData: true});
}
"""
"""Has the page keep each state of the kernel from now on: some are passed in no time."""

RESTARTED = "() => window.states.includes('Restarting') && window.states.at(-1) === 'Idle'"
"""Whether the kernel was gone since, and is there again."""

RUN = """
place => {
    const { commands, shell } = window.jupyterapp;
    shell.currentWidget.content.deselectAll();
    shell.currentWidget.content.activeCellIndex = place;
    void commands.execute("notebook:run-cell");
}
"""
"""Runs a cell. A form that opens takes the focus some time after the click that opened it: keys
that are meant for a cell would go into the form."""

WRITE = """
([place, code]) => window.jupyterapp.shell.currentWidget.content.widgets[place]
    .model.sharedModel.setSource(code)
"""
"""Writes the code of a cell, wherever the focus is."""
