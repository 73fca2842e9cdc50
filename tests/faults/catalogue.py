"""All faults, in the order of an event's way."""

from tests.faults.planted import (
    batching,
    bounds,
    clusters,
    consuming,
    contexts,
    ending,
    exports,
    failing,
    guarding,
    inputs,
    instruments,
    limits,
    living,
    motion,
    notebooks,
    panels,
    recordings,
    results,
    routing,
    scaling,
    sending,
    services,
    serving,
)

FAULTS = (
    *sending.FAULTS,
    *consuming.FAULTS,
    *results.FAULTS,
    *routing.FAULTS,
    *limits.FAULTS,
    *batching.FAULTS,
    *bounds.FAULTS,
    *contexts.FAULTS,
    *instruments.FAULTS,
    *living.FAULTS,
    *ending.FAULTS,
    *failing.FAULTS,
    *services.FAULTS,
    *serving.FAULTS,
    *panels.FAULTS,
    *motion.FAULTS,
    *recordings.FAULTS,
    *clusters.FAULTS,
    *exports.FAULTS,
    *inputs.FAULTS,
    *scaling.FAULTS,
)

BESIDE = notebooks.FAULTS
"""Faults beside the cells of notebooks."""

GUARDING = guarding.FAULTS
"""Faults of the guard."""
