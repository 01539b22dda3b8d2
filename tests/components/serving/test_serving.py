"""The exported model over the wire, as docs/serving.md tells clients to ask it."""

from __future__ import annotations

import base64
import io
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import grpc
import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from components.ingestion.reader import Selection
from components.pictures import PictureFormat
from components.trainer.export import export
from components.trainer.models.cnn import build_cnn_model
from components.transform.preprocessing import TransformSettings
from pipeline.datasets.samples.dogs_vs_cats import write_photo_sample
from tests.components.serving import model_server
from tests.components.serving.model_server import Server
from tests.components.trainer.preparation import prepare

SHAPE = (48, 40, 3)
FORMAT = PictureFormat(encoded=True, shape=SHAPE, class_names=("cat", "dog"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A model of photographs, not trained, that is served as `pictures`."""
    root = tmp_path_factory.mktemp("served")
    (root / "data").mkdir()
    write_photo_sample(root / "data")
    prepared = prepare(
        root,
        root / "data",
        settings=TransformSettings(picture_format=FORMAT),
        reader="components.ingestion.formats.image_folder.ImageFolderReader",
        selection=Selection(test_fraction=0.1, data_subset=40),
    )
    keras.utils.set_random_seed(0)
    export(build_cnn_model(SHAPE, 2), prepared.output(), str(root / "models" / "1"), FORMAT)
    print("judged by", model_server.PROGRAM or "the double in model_server.py")
    with model_server.serving(root / "models", "pictures") as running:
        yield running


def photograph(seed: int, size: tuple[int, int] = (60, 50)) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()


def post(server: Server, **request: Any) -> list[Any]:
    address = f"http://127.0.0.1:{server.rest}/v1/models/pictures:predict"
    with urllib.request.urlopen(address, json.dumps(request).encode()) as answer:
        predictions: list[Any] = json.load(answer)["predictions"]
    return predictions


def instance(file: bytes) -> dict[str, Any]:
    return {"image": {"b64": base64.b64encode(file).decode()}}


def test_a_picture_is_answered_by_rest(server: Server) -> None:
    [answer] = post(server, instances=[instance(photograph(0))])
    assert sorted(answer) == ["class_id", "class_name", "probabilities", "valid"]
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert answer["class_id"] == int(np.argmax(answer["probabilities"]))
    assert answer["class_name"] == ("cat", "dog")[answer["class_id"]]
    assert answer["valid"] is True


def test_one_bad_picture_spoils_no_batch(server: Server) -> None:
    good = [photograph(0), photograph(1, (300, 20))]
    alone = [post(server, instances=[instance(file)])[0] for file in good]
    files = [good[0], good[1][:300], b"no picture", b"", good[1]]
    first, *bad, last = post(server, instances=[instance(file) for file in files])
    for answer, expected in zip((first, last), alone, strict=True):
        assert answer["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-6)
        assert answer["valid"] is True
    nothing = {"probabilities": [0, 0], "class_id": -1, "class_name": "", "valid": False}
    assert bad == [nothing] * 3


def test_pixels_are_answered_by_their_signature(server: Server) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    [of_file] = post(server, instances=[instance(file.getvalue())])
    rows = [{"pixels": pixels.tolist()}]
    [answer] = post(server, signature_name="from_pixels", instances=rows)
    assert answer == pytest.approx(of_file["probabilities"], abs=1e-6)


def test_grpc_says_what_rest_says(server: Server) -> None:
    files = [photograph(0), b"no picture"]
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc}") as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "pictures"
        request.inputs["image"].CopyFrom(tf.make_tensor_proto(files))
        outputs = stub.Predict(request, timeout=60).outputs
    answers = {name: tf.make_ndarray(outputs[name]) for name in outputs}
    by_rest = post(server, instances=[instance(file) for file in files])
    assert answers["valid"].tolist() == [True, False]
    assert answers["class_name"].tolist() == [each["class_name"].encode() for each in by_rest]
    for row, each in zip(answers["probabilities"], by_rest, strict=True):
        assert row == pytest.approx(each["probabilities"], abs=1e-6)
