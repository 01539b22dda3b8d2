"""Which nodes of a compiled pipeline run, and which of them anew."""

from __future__ import annotations

from collections.abc import Mapping

from tfx.orchestration.portable import partial_run_utils
from tfx.proto.orchestration import pipeline_pb2

from components.errors import UserError
from components.hints import did_you_mean


def select(compiled: pipeline_pb2.Pipeline, from_node: str, to_node: str) -> list[str]:
    """Marks the nodes that are to be skipped, and those that run even if cached.

    Returns:
      The names of the nodes that are not skipped, in order.

    Raises:
      UserError: there is no such node, or nothing would run.
    """
    nodes = {node.pipeline_node.node_info.id: node.pipeline_node for node in compiled.nodes}
    for name in (from_node, to_node):
        if name and name not in nodes:
            raise UserError(f"no node {name!r}: {did_you_mean(name, nodes)}")
    selected = list(nodes)
    if to_node:
        partial_run_utils.mark_pipeline(compiled, to_nodes=[to_node])
        selected = [n for n in nodes if not nodes[n].execution_options.HasField("skip")]
    if from_node and from_node not in selected:
        raise UserError(f"{to_node} does not need {from_node}: nothing would run from there")
    for name in _with_descendants(nodes, from_node):
        nodes[name].execution_options.caching_options.enable_cache = False
    return selected


def _with_descendants(nodes: Mapping[str, pipeline_pb2.PipelineNode], name: str) -> set[str]:
    """A node and all that depend on it; none for ""."""
    names: set[str] = set()
    waiting = [name] if name else []
    while waiting:
        current = waiting.pop()
        if current not in names:
            names.add(current)
            waiting.extend(nodes[current].downstream_nodes)
    return names
