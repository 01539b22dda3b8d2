"""TensorFlow Serving, or a double of it where there is none.

The double loads the SavedModel as TensorFlow Serving does, by the graph alone, and speaks as much
of its REST API (https://www.tensorflow.org/tfx/serving/api_rest: status, and predict by rows) and
of its gRPC API (Predict) as the tests ask of it. What it cannot show: that TensorFlow Serving's own
program has all operations of the graph.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

#: TensorFlow Serving's program, where it is installed.
PROGRAM = shutil.which("tensorflow_model_server")


class Server(NamedTuple):
    """A server that runs: its ports, on 127.0.0.1."""

    rest: int
    grpc: int


@contextlib.contextmanager
def serving(base: Path, name: str) -> Iterator[Server]:
    """Serves the newest version of a model.

    Args:
      base: folder with a folder a version, named by a number.
      name: of the model.
    """
    with _program(base, name) if PROGRAM else _double(base, name) as server:
        yield server


@contextlib.contextmanager
def _program(base: Path, name: str) -> Iterator[Server]:
    server = Server(_free_port(), _free_port())
    command = [
        *(str(PROGRAM), f"--rest_api_port={server.rest}", f"--port={server.grpc}"),
        *(f"--model_name={name}", f"--model_base_path={base.absolute()}"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        address = f"http://127.0.0.1:{server.rest}/v1/models/{name}"
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address) as got:
                if b"AVAILABLE" in got.read():
                    break
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


class _Model:
    """A SavedModel, loaded by the graph alone."""

    def __init__(self, folder: Path):
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        with self._session.graph.as_default():
            loaded = tf.compat.v1.saved_model.loader.load(self._session, ["serve"], str(folder))
        self._signatures = loaded.signature_def

    def predict(self, signature: str, inputs: dict[str, Any]) -> dict[str, np.ndarray]:
        asked = self._signatures[signature or "serving_default"]
        outputs = {name: tensor.name for name, tensor in asked.outputs.items()}
        feed = {asked.inputs[name].name: value for name, value in inputs.items()}
        answers: dict[str, np.ndarray] = self._session.run(outputs, feed)
        return answers


@contextlib.contextmanager
def _double(base: Path, name: str) -> Iterator[Server]:
    model = _Model(max(base.iterdir(), key=lambda version: int(version.name)))

    class Rest(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, {"model_version_status": [{"state": "AVAILABLE"}]})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != f"/v1/models/{name}:predict":
                self._say(404, {"error": f"Malformed request: POST {self.path}"})
                return
            rows = [_decoded(row) for row in request["instances"]]
            inputs = {key: [row[key] for row in rows] for key in rows[0]}
            try:
                answers = model.predict(request.get("signature_name", ""), inputs)
            except tf.errors.OpError as error:
                self._say(400, {"error": str(error.message)})
                return
            columns = {key: _plain(answer) for key, answer in answers.items()}
            # An only output is not named.
            [first, *others] = columns
            predictions = (
                [
                    {key: column[index] for key, column in columns.items()}
                    for index in range(len(rows))
                ]
                if others
                else columns[first]
            )
            self._say(200, {"predictions": predictions})

        def _say(self, status: int, content: Any) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content, allow_nan=False).encode())

        def log_message(self, *_: Any) -> None:
            pass

    class Grpc(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request: Any, context: Any) -> Any:
            inputs = {key: tf.make_ndarray(value) for key, value in request.inputs.items()}
            response = predict_pb2.PredictResponse()
            for key, answer in model.predict(request.model_spec.signature_name, inputs).items():
                response.outputs[key].CopyFrom(tf.make_tensor_proto(answer))
            return response

    rest = ThreadingHTTPServer(("127.0.0.1", 0), Rest)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Grpc(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield Server(rest.server_port, port)
    finally:
        rest.shutdown()
        server.stop(None)


def _decoded(value: Any) -> Any:
    """A value of a request; {"b64": …} stands for bytes."""
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return {key: _decoded(v) for key, v in value.items()} if isinstance(value, dict) else value


def _plain(answer: np.ndarray) -> list[Any]:
    values: list[Any] = answer.tolist()
    return [value.decode() if isinstance(value, bytes) else value for value in values]
