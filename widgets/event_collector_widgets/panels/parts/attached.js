/* What a part does once it is in the page. Its element is made before: in a notebook that keeps what
 * is out of sight out of the page, that may be minutes before. This stands before the modules that
 * use it, since a widget's module is one text. */

function whenAttached(el, act) {
  const look = () => {
    if (!el.isConnected) return;
    cancel();
    act();
  };
  const seen = new ResizeObserver(look);
  seen.observe(el);
  const first = requestAnimationFrame(look); // where it is in the page, and has no size
  function cancel() {
    cancelAnimationFrame(first);
    seen.disconnect();
  }
  return cancel;
}
