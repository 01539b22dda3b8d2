"""Engines that run Beam's part of a pipeline, by an address: `--beam flink://HOST:8081?parallelism=4`.

An address is short for the options that the engine always needs. Before a run begins, the engine is
asked (for two seconds at most) whether it is there, and whether it fits.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from components.errors import UserError

_TIMEOUT = 2  # seconds
_POOL = "localhost:50000"  # where Beam's worker pools listen


@dataclass(frozen=True)
class Engine:
    """An engine.

    Attributes:
      form: of its addresses, for people.
      port: where it listens, unless the address says otherwise.
      options: what may stand behind "?" in an address, with what holds otherwise.
      arguments: Beam's options, from host, port and those options; raises a UserError if the engine
        is not there or does not fit.
    """

    form: str
    port: int
    options: Mapping[str, str]
    arguments: Callable[[str, int, Mapping[str, str]], list[str]]


def engine_arguments(address: str) -> list[str]:
    """Beam's options for an engine.

    Args:
      address: e.g. "flink://HOST:8081?parallelism=4".

    Raises:
      UserError: the address is none, the engine does not answer, or does not fit.
    """
    scheme = address.partition(":")[0]
    engine = ENGINES.get(scheme)
    if scheme == "dataflow":
        raise UserError(
            f"--beam {address}: Dataflow's workers reach neither folders of this machine nor those "
            "of a container, and artifacts are kept there: run Beam in memory, or on Flink or Spark"
        )
    if not engine:
        forms = " or ".join(engine.form for engine in ENGINES.values())
        raise UserError(f"--beam {address}: must be {forms}")
    host, port, query = _parts(address, engine)
    options = {**engine.options, **query}
    for name in query:
        if name not in engine.options:
            raise UserError(
                f"--beam {address}: no option {name!r}; there is {', '.join(engine.options)}"
            )
    return engine.arguments(host, port, options)


def _flink(host: str, port: int, options: Mapping[str, str]) -> list[str]:
    # Here, since all commands import this module.
    import requests
    from apache_beam.options.pipeline_options import FlinkRunnerOptions

    try:
        overview: Any = requests.get(f"http://{host}:{port}/overview", timeout=_TIMEOUT).json()
        version = ".".join(overview["flink-version"].split(".")[:2])
        managers, slots = int(overview["taskmanagers"]), int(overview["slots-total"])
    except requests.ConnectionError as error:
        raise UserError(f"--beam: nothing answers at {host}:{port}: is Flink running?") from error
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"--beam: what answers at {host}:{port} is not Flink's JobManager: name its REST port"
        ) from error
    known = FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS
    if version not in known:
        raise UserError(
            f"--beam: Flink {version} runs at {host}:{port}; this Beam knows {', '.join(known)}"
        )
    parallelism = _whole_number("parallelism", options["parallelism"])
    if parallelism > slots:
        raise UserError(
            f"--beam: Flink at {host}:{port} has {managers} TaskManagers with {slots} slots: "
            f"parallelism={parallelism} is more"
        )
    arguments = [
        "--runner=FlinkRunner",
        f"--flink_master={host}:{port}",
        f"--flink_version={version}",
        f"--parallelism={parallelism}",
        "--environment_type=EXTERNAL",
        f"--environment_config={options['pool']}",
    ]
    if options["jar"]:
        if not Path(options["jar"]).is_file():
            raise UserError(f"--beam: no file {options['jar']} for jar")
        arguments.append(f"--flink_job_server_jar={options['jar']}")
    if not shutil.which("java"):
        raise UserError("--beam: Beam's job server for Flink is a Java program: install Java")
    return arguments


def _spark(host: str, port: int, options: Mapping[str, str]) -> list[str]:
    try:
        socket.create_connection((host, port), timeout=_TIMEOUT).close()
    except OSError as error:
        raise UserError(
            f"--beam: nothing answers at {host}:{port}: is Beam's job server for Spark running?"
        ) from error
    return [
        "--runner=PortableRunner",
        f"--job_endpoint={host}:{port}",
        "--environment_type=EXTERNAL",
        f"--environment_config={options['pool']}",
    ]


ENGINES: Mapping[str, Engine] = {
    "flink": Engine(
        "flink://HOST:8081?parallelism=N",
        8081,
        {"parallelism": "1", "pool": _POOL, "jar": ""},
        _flink,
    ),
    "spark": Engine("spark://HOST:8099 (of Beam's job server)", 8099, {"pool": _POOL}, _spark),
}


def _parts(address: str, engine: Engine) -> tuple[str, int, dict[str, str]]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or engine.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        whole = host and parts.path in ("", "/") and not parts.username and not parts.fragment
    except ValueError:
        host = whole = None
    if not host or not whole:
        raise UserError(f"--beam {address}: must be {engine.form}")
    return host, port, query


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise UserError(f"--beam: {name}={text} must be a whole number of at least 1")
    return int(text)
