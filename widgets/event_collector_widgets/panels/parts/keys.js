/* No key that is pressed in a part reaches the notebook. JupyterLab asks what has the focus before it
 * asks what is around that: a mark on the part alone would leave letters that are pressed on a button,
 * in a menu or on a row to the notebook, to which x means to cut the cell. So what gets the focus has
 * the mark, too. This stands before the modules that use it, since a widget's module is one text. */

function keepKeys(el) {
  const mark = (event) => {
    event.target.dataset.lmSuppressShortcuts = "true";
  };
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("focusin", mark);
  return () => el.removeEventListener("focusin", mark);
}

