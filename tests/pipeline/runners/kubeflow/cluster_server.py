"""A server that answers as Kubeflow Pipelines and an object store do, and records what it gets."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

from pipeline.runners.kubeflow import client

TOKEN = "a-secret-token"
PAGE = b"<html>the report</html>"
KEY = "v2/artifacts/mlp-batchnorm/run-1/report/8d5/report/report.html"


class Server(ThreadingHTTPServer):
    """Kubeflow Pipelines and an object store, as far as `submit` talks to them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.ends_as = "SUCCEEDED"
        self.failing: set[str] = set()  # runs that end otherwise
        self.version = "2.17.0"
        self.echoes = False
        self.recurring: list[dict[str, Any]] = []
        self.looked: Counter[str] = Counter()
        self.started = 0
        self.objects = {KEY: PAGE}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/mlpipeline"):
            return self._object(path)
        if self.server.echoes and not path.endswith("/healthz"):
            return self._answer(500, {"error": f"\x1b[2Jno!\n{self.headers}"})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "expired"})
        if path.endswith("/healthz"):
            health = {"commit_sha": "x", "tag_name": self.server.version, "multi_user": False}
            return self._answer(200, health)
        if path.endswith("/experiments"):
            posted = [body for to, body in self.server.posted if to.endswith("/experiments")]
            known = [{**each, "experiment_id": "e-1"} for each in posted]
            return self._answer(200, {"experiments": known} if known else {})
        if path.endswith("/recurringruns"):
            assert "experiment_id=e-1" in self.path
            return self._answer(200, {"recurringRuns": self.server.recurring})
        if re.search(r"/runs/run-\d+$", path):
            run = path.rpartition("/")[2]
            self.server.looked[run] += 1
            state = self.server.ends_as if self.server.looked[run] > 1 else "RUNNING"
            if run in self.server.failing:
                state = "FAILED"
            # What the backend calls its tasks: a driver and an "executor" for each node.
            tasks = [("root", state), ("trainer-baseline", state), ("executor", state)]
            tasks += [("trainer-baseline-driver", "SUCCEEDED"), ("executor", "PENDING")]
            details = {"task_details": [{"display_name": n, "state": s} for n, s in tasks]}
            return self._answer(200, {"run_id": run, "state": state, "run_details": details})
        return self._answer(404, {"error": f"no {path}"})

    def do_HEAD(self) -> None:
        self._object(self.path.partition("?")[0])

    def do_DELETE(self) -> None:
        _, _, deleted = self.path.rpartition("/")
        self.server.recurring = [
            each for each in self.server.recurring if each["recurring_run_id"] != deleted
        ]
        self._answer(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, body))
        if self.path.endswith("/experiments"):
            return self._answer(200, {"experiment_id": "e-1", "display_name": "mlp-batchnorm"})
        if self.path.endswith("/recurringruns"):
            self.server.recurring.append({**body, "recurring_run_id": "r-1"})
            return self._answer(200, self.server.recurring[-1])
        self.server.started += 1
        return self._answer(200, {"run_id": f"run-{self.server.started}", "experiment_id": "e-1"})

    def _object(self, path: str) -> None:
        """What S3 answers to a list of a folder, and to a read of an object."""
        content = self.server.objects.get(path.removeprefix("/mlpipeline/"))
        if content is not None:
            return self._send(200, content, "application/octet-stream")
        prefix = re.search(r"prefix=([^&]*)", self.path)
        if path.rstrip("/") == "/mlpipeline" and prefix:
            below = prefix[1].replace("%2F", "/")
            entries = "".join(
                f"<Contents><Key>{key}</Key><Size>{len(content)}</Size></Contents>"
                for key, content in self.server.objects.items()
                if key.startswith(below)
            )
            answer = (
                '<?xml version="1.0"?><ListBucketResult><Name>mlpipeline</Name>'
                f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
            )
            return self._send(200, answer.encode(), "application/xml")
        return self._send(404, b"", "application/xml")

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """A server that listens until the body ends; its runs are over at once, and looked at often."""
    with Server() as made, mock.patch.object(client, "_EVERY", 0.05):
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()
