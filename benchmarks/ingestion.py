"""What ingestion costs as a data set grows: memory of its process, bytes of its job, seconds.

    python -m benchmarks.ingestion [--pictures 10000 100000] [--formats idx folders] [--workers 1 2]

Makes pictures of 28×28 (noise; nine of ten for training) in a temporary folder: as IDX files, and
as PNG files in folders of classes. ExampleGen's executor then ingests them in a process of its own,
in memory with one worker, and by as many worker processes otherwise; before that the process looks
at the files as `run` does. Prints a row for each: the largest memory of that process (with one
worker it holds the worker, too) after imports, after the look and after all, and the bytes of
Beam's job. Of ten million pictures IDX files take 8 GB, the Examples 7 GB; PNG files a disk with
as many free inodes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measured import measure

_CLASSES, _SIDE, _CHUNK = 10, 28, 10_000


def write_idx_files(folder: Path, pictures: int) -> None:
    """Writes the four files of a data set, not compressed."""
    rng = np.random.default_rng(0)
    for prefix, count in _parts(pictures, ("train", "t10k")):
        with (
            (folder / f"{prefix}-images-idx3-ubyte").open("wb") as images,
            (folder / f"{prefix}-labels-idx1-ubyte").open("wb") as labels,
        ):
            images.write(struct.pack(">HBB3I", 0, 8, 3, count, _SIDE, _SIDE))
            labels.write(struct.pack(">HBBI", 0, 8, 1, count))
            for start in range(0, count, _CHUNK):
                numbers = np.arange(start, min(count, start + _CHUNK))
                images.write(rng.bytes(len(numbers) * _SIDE * _SIDE))
                labels.write((numbers % _CLASSES).astype(np.uint8).tobytes())


def write_folders(folder: Path, pictures: int) -> None:
    """Writes PNG files in `train` and `test`, a folder for each class."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for part, count in _parts(pictures, ("train", "test")):
        for label in range(_CLASSES):
            (folder / part / f"class{label}").mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 256, (_SIDE, _SIDE), dtype=np.uint8)
            file = folder / part / f"class{number % _CLASSES}" / f"{number:08}.png"
            Image.fromarray(pixels).save(file, compress_level=1)


def _parts(pictures: int, names: tuple[str, str]) -> list[tuple[str, int]]:
    test = pictures // 10
    return [(names[0], pictures - test), (names[1], test)]


#: Format → what writes it, and the module of its reader.
FORMATS = {"idx": (write_idx_files, "idx"), "folders": (write_folders, "image_folder")}


def ingest(name: str, folder: Path, output: Path, workers: int) -> dict[str, Any]:
    """Looks at a data set and ingests it, in this process; returns the figures."""
    import apache_beam as beam
    from tfx.types import standard_artifacts

    from components.ingestion.example_gen import ExampleGenSettings, Executor, PictureExampleGen
    from components.ingestion.formats import reader_path
    from components.ingestion.reader import Selection, make_reader
    from components.pictures import PictureFormat

    job: list[int] = []
    run = beam.Pipeline.run

    def measured(pipeline: beam.Pipeline, *arguments: Any, **options: Any) -> Any:
        job.append(len(pipeline.to_runner_api().SerializeToString()))
        return run(pipeline, *arguments, **options)

    beam.Pipeline.run = measured
    reader = reader_path(FORMATS[name][1])
    picture_format = PictureFormat(
        encoded=name == "folders",
        shape=(_SIDE, _SIDE, 1),
        class_names=tuple(f"class{label}" for label in range(_CLASSES)),
    )
    after_imports, started = _peak(), time.monotonic()
    contents = make_reader(reader, picture_format.class_names, {}).inspect(folder)
    looked, after_look = time.monotonic() - started, _peak()
    settings = ExampleGenSettings(
        reader=reader,
        picture_format=picture_format,
        eval_fraction=0.1,
        selection=Selection(),
        max_broken=0.0,
        max_leaked=0.0,
        sha256=dict(contents.sha256),
    )
    node = PictureExampleGen(input_base=str(folder), settings=settings)
    examples = standard_artifacts.Examples()
    examples.uri = str(output)
    arguments = (
        ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]
        if workers > 1
        else []
    )
    context = Executor.Context(beam_pipeline_args=arguments, tmp_dir=str(output.parent))
    started = time.monotonic()
    Executor(context).Do({}, {"examples": [examples]}, node.exec_properties)
    return {
        "job": job[0],
        "look": looked,
        "seconds": time.monotonic() - started,
        "memory": [after_imports, after_look, _peak()],
    }


def _peak() -> float:
    """The largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints a row for each number of pictures, format and number of workers."""
    parser = argparse.ArgumentParser(description="ingestion of many pictures")
    parser.add_argument("--pictures", type=int, nargs="+", default=[10_000])
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ingest", nargs=4, help=argparse.SUPPRESS)  # what a row's process does
    options = parser.parse_args()
    if options.ingest:
        name, folder, output, workers = options.ingest
        print(json.dumps(ingest(name, Path(folder), Path(output), int(workers))))
        return
    print(
        "  pictures format  workers |  look, s  all, s |  MB: imports    look     all | job, bytes"
    )
    for pictures in options.pictures:
        for name in options.formats:
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch, "data")
                folder.mkdir()
                FORMATS[name][0](folder, pictures)
                for workers in options.workers:
                    with tempfile.TemporaryDirectory(dir=scratch) as output:
                        figures = _in_process(name, folder, Path(output, "examples"), workers)
                    imports, look, everything = figures["memory"]
                    print(
                        f"{pictures:10,} {name:8}{workers:7} | {figures['look']:8.1f} "
                        f"{figures['seconds']:7.1f} | {imports:12.0f} {look:7.0f} "
                        f"{everything:7.0f} | {figures['job']:10,}",
                        flush=True,
                    )


def _in_process(name: str, folder: Path, output: Path, workers: int) -> dict[str, Any]:
    words = ["--ingest", name, str(folder), str(output), str(workers)]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    done = measure([sys.executable, "-m", "benchmarks.ingestion", *words])
    figures: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()
