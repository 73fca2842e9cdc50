"""A worker as its sender sees it: how much it may be given, and when nothing any more."""

from event_collector.cluster.site import STRANGE, Site


def test_two_chunks_are_its_share_in_two_transfers() -> None:
    """That is the backpressure: the rest waits."""
    site = Site("tcp://w")
    assert site.room(10, 0.0) == 20
    site.sends = 2
    assert site.room(10, 0.0) == 0


def test_nothing_goes_to_one_that_is_out() -> None:
    """Retired, not listed, lost, without its lifecycle, or just not reached."""
    for name, value in (
        ("leaving", True),
        ("listed", False),
        ("gone", True),
        ("failure", ("error", ())),
        ("retry_at", 1.0),
    ):
        site = Site("tcp://w")
        setattr(site, name, value)
        assert (name, site.room(10, 0.5)) == (name, 0)


def test_one_that_never_knows_the_collector_is_strange() -> None:
    """One that has just come is not, and one that knows it again neither."""
    site = Site("tcp://w")
    assert not site.is_strange(True, 1.0)
    assert not site.is_strange(True, 1.0 + STRANGE)
    assert site.is_strange(True, 1.1 + STRANGE)
    assert not site.is_strange(False, 20.0)
    assert not site.is_strange(True, 21.0)
