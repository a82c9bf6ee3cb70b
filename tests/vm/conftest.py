"""What needs a stock kernel, systemd and cgroups: only for the guest of `make test-vm`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import wait_until
from service import Service

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    if os.environ.get("LAUNCHPAD_TEST_VM"):
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="for the guest of make test-vm"))


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """Debian's cluster as a systemd service with a delegated cgroup."""
    made = Service()
    wait_until(made.is_warm, 10, "the satellites are warm")
    yield made
    made.remove()
