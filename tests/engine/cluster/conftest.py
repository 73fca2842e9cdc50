"""For the tests with a cluster: one of two workers, on loopback, without a dashboard."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

if find_spec("distributed") is None:
    collect_ignore_glob = ["*.py"]
else:
    from tests.engine.cluster.clusters import Cluster, started

    @pytest.fixture(scope="session")
    def shared_cluster() -> Iterator[Cluster]:
        """The one behind `cluster`."""
        with started() as made:
            yield made

    @pytest.fixture
    def cluster(shared_cluster: Cluster) -> Cluster:
        """One for all tests that leave its workers as they are, or that dask replaces.

        It is whole when a test begins, also after one that has killed a worker.
        """
        shared_cluster.wait_until_whole()
        return shared_cluster

    @pytest.fixture
    def own_cluster() -> Iterator[Cluster]:
        """One for a test that takes it apart."""
        with started() as made:
            made.wait_until_whole()
            yield made
