"""All faults, in the order of an event's way."""

from tests.faults.planted import (
    bounds,
    consuming,
    contexts,
    instruments,
    limits,
    living,
    results,
    routing,
    sending,
    services,
)

FAULTS = (
    *sending.FAULTS,
    *consuming.FAULTS,
    *results.FAULTS,
    *routing.FAULTS,
    *limits.FAULTS,
    *bounds.FAULTS,
    *contexts.FAULTS,
    *instruments.FAULTS,
    *living.FAULTS,
    *services.FAULTS,
)
