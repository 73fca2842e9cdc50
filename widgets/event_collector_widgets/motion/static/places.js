/* Where an animation stands in a notebook. */

/** The live form takes the place of its static form, which is the output before it. Returns what
 * shows that again. */
export function hideStatic(el) {
  let statics = [];
  const found = requestAnimationFrame(() => {
    const before = el.closest(".jp-OutputArea-child")?.previousElementSibling;
    statics = before?.querySelector(".ec-static") ? [before] : [];
    for (const each of statics) each.style.display = "none";
  });
  return () => {
    cancelAnimationFrame(found);
    for (const each of statics) each.style.display = "";
  };
}
