"""The house: the rooms of both packages, from the ground up, as `test_imports` holds them."""

ORGAN = {
    *("_core.awaited", "_core.consumers", "_core.pump", "_core.consumer", "_core.serving"),
    "_core.whereabouts",
}
"""The one group of modules that may know each other."""

ENGINE_FLOORS = [
    ["_text", "_same", "_log", "_pickled", "_frames", "_awaitables", "_overriding"],
    ["_check", "errors", "metrics"],
    ["results", "_batching"],
    ["data"],
    ["event", "_tracebacks", "processors"],
    ["instrument", "settling"],
    ["_core.hooks"],
    [
        *("_core.slices", "_core.limiter", "_core.cut_off", "_core.service"),
        *(
            "_core.given_up",
            "_core.forked",
            "_core.shares",
            "_core.timing",
            "_core.pauses",
            "_core.awaiting",
        ),
    ],
    ["_core.watch"],
    ["_core.dead", "_core.batch"],
    ["_core.batches"],
    ["collector"],
    ["roster", "_core.attendance"],
    ["_core.dispatch"],
    ["router", "_core.passing"],
    ["_core.buffer", "_core.waiting"],
    ["_core.parked"],
    ["_core.queued"],
    sorted(ORGAN),
    ["_core.at_work"],
    ["_core.inspection", "_core.undertaking", "_core.outside", "_core.reading", "_core.standing"],
    ["_core.shutdown", "_core.keeper"],
    ["_core.lifecycles"],
    ["_core.changing"],
    ["_core.membership", "_core.reporter"],
    ["_core.lifespan", "_core.many"],
    ["publisher"],
    ["queue"],
    ["parts"],
    ["history", "service", "signals"],
    ["", "_core"],
    ["simulation.*"],
    ["recording.*", "inputs.*", "cluster.*"],
]
"""From the ground up; a module may import what is below it. "" is the package itself."""

WIDGETS_FLOORS = [
    [
        *(
            "failures",
            "faults",
            "given",
            "imports",
            "kernel",
            "gallery",
            "numbers",
            "shown",
            "twins",
        ),
        "pictures.*",
    ],
    ["in_notebook", "names", "resent", "searching"],
    ["panels.parts.*", "selection"],
    [
        *("namespace", "notices", "changes", "controls"),
        *("uploads", "exports", "gauges", "output.*", "trial.*", "course.*"),
    ],
    ["offers", "tables", "matches", "sendings", "defining", "again", "export.*"],
    ["workbench"],
    ["panels.figures", "panels.panel", "motion.*"],
    [
        *("panels.collectors.*", "panels.queue", "panels.send.*", "panels.try_out.*"),
        *("panels.results.*", "panels.pictures", "panels.scene"),
    ],
    ["panels.playground"],
    ["panels", "motion", "", "learners", "guard.*"],
]
"""The same for the widgets. A floor does not know itself. A room with a star is one floor."""
