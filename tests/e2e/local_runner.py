"""Kubeflow's local runner, and single containers; run by a Python that has Kubeflow's packages.

python local_runner.py package FILE ROOT VALUES     runs a package, artifacts go below ROOT
python local_runner.py killed FILE ROOT NODE        the same; kills the node's container as it works
python local_runner.py command IMAGE ROOT WORDS     runs a command; it sees ROOT at the same path

VALUES, NODE and WORDS are JSON. No container has a network.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import docker


def limits() -> list[Any]:
    """Low enough for an engine that may not raise its own limits, and enough for a node."""
    return [
        docker.types.Ulimit(name=name, soft=limit, hard=limit)
        for name, limit in (("nproc", 30_000), ("nofile", 10_000))
    ]


def run_package(file: str, root: str, values: dict[str, Any]) -> None:
    """Each node in a container, one after the other."""
    from kfp import components, local

    runner = local.DockerRunner(ulimits=limits(), network_mode="none")
    local.init(runner, pipeline_root=root, raise_on_error=True)
    components.load_component_from_file(file)(**values)


def run_killing(file: str, root: str, node: str) -> None:
    """A package; the container of one node, which trains, is killed as it does."""
    threading.Thread(target=kill_in_training, args=(node,), daemon=True).start()
    run_package(file, root, {})


def kill_in_training(node: str) -> None:
    """Waits until TFX says in a node's container that it trains, and kills the container."""
    engine = docker.from_env()
    while True:
        for container in engine.containers.list():
            its_node = f"PIPELINE_NODE={node}" in container.attrs["Config"]["Env"]
            if its_node and b"Training model" in container.logs():
                container.kill()
                return
        time.sleep(0.5)


def run_command(image: str, root: str, words: list[str]) -> None:
    """One command in one container."""
    output = docker.from_env().containers.run(
        image,
        words,
        volumes={root: {"bind": root, "mode": "rw"}},
        network_mode="none",
        ulimits=limits(),
        stderr=True,
        remove=True,
    )
    sys.stdout.write(output.decode())


if __name__ == "__main__":
    verb, what, where, rest = sys.argv[1:]
    verbs: dict[str, Callable[[str, str, Any], None]] = {
        "package": run_package,
        "killed": run_killing,
        "command": run_command,
    }
    verbs[verb](what, where, json.loads(rest))
