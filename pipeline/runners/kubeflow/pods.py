"""A node's `Resources` in the words of a PipelineSpec and a PlatformSpec, as plain data."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.runners.kubeflow.resources import Resources, Retries

_GIGABYTE = 1e9  # the unit of a PipelineSpec's memory limits
# Kubeflow hands `backoffMaxDuration` to Argo as the deadline of all attempts together, and, from
# 2.15 on, "0" where there is none: then nothing is tried again. So no deadline is a far one.
_A_YEAR = 365 * 24 * 3600


def container_resources(resources: Resources) -> dict[str, Any]:
    """A `PipelineContainerSpec.ResourceSpec`."""
    memory = resources.memory / _GIGABYTE
    spec: dict[str, Any] = {
        "cpuRequest": resources.cpu,
        "cpuLimit": resources.cpu,
        "memoryRequest": memory,
        "memoryLimit": memory,
    }
    if resources.gpu.count:
        spec["accelerator"] = {"type": resources.gpu.type, "count": str(resources.gpu.count)}
    return spec


def retry_policy(retries: Retries) -> dict[str, Any]:
    """A `PipelineTaskSpec.RetryPolicy`."""
    return {
        "maxRetryCount": retries.count,
        "backoffDuration": f"{retries.backoff}s",
        "backoffFactor": retries.factor,
        "backoffMaxDuration": f"{retries.deadline or _A_YEAR}s",
    }


def executor_config(resources: Resources) -> dict[str, Any]:
    """A `kubernetes.KubernetesExecutorConfig`."""
    config: dict[str, Any] = {"imagePullPolicy": resources.image_pull_policy}
    if resources.image_pull_secrets:
        config["imagePullSecret"] = [{"secretName": name} for name in resources.image_pull_secrets]
    if resources.node_selector:
        config["nodeSelector"] = {"labels": dict(resources.node_selector)}
    if resources.tolerations:
        config["tolerations"] = [
            {key: value for key, value in dataclasses.asdict(toleration).items() if value}
            for toleration in resources.tolerations
        ]
    if resources.volumes:
        config["pvcMount"] = [
            {
                "mountPath": volume.path,
                "pvcNameParameter": {"runtimeValue": {"constant": volume.claim}},
            }
            for volume in resources.volumes
        ]
    if resources.shared_memory:
        config["emptyDirMounts"] = [
            {
                "volumeName": "shared-memory",
                "mountPath": "/dev/shm",
                "medium": "Memory",
                "sizeLimit": str(int(resources.shared_memory)),
            }
        ]
    return config
