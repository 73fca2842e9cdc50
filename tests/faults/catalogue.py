"""All faults, in the order of an event's way."""

from tests.faults.planted import consuming, limits, living, results, routing, sending

FAULTS = (
    *sending.FAULTS,
    *consuming.FAULTS,
    *results.FAULTS,
    *routing.FAULTS,
    *limits.FAULTS,
    *living.FAULTS,
)
