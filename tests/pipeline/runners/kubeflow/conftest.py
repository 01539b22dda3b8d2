"""What tests of Kubeflow Pipelines share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.runners.kubeflow.cluster_server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made
