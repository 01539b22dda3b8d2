"""The process that reads the inputs: it can hang, crash or run out of memory."""

from __future__ import annotations

import json
import mmap
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path

from components import limits
from components.errors import UserError
from components.text import in_line
from tests.fuzz.targets import FAULTY, TARGETS

#: Bytes that an input may take, over what Python takes with the project's modules.
MEMORY = 512 * limits.MIB
#: Seconds of the processor that an input may take.
SECONDS = 2.0

#: What the parent reads while this runs: the number of the input and when it began (seconds of
#: `time.time`), then the results so far: inputs, refusals, the slowest input's seconds and number,
#: peak memory in bytes.
PROGRESS = struct.Struct("=qdqqdqq")


def main(name: str, seed: int, first: int, stop: int, until: float, scratch: Path) -> None:
    """Reads the inputs `first` … `stop` − 1, or as many as there is time for.

    Args:
      name: of the target.
      seed: of all inputs.
      first: number of the first input.
      stop: one past the last input's.
      until: when to stop, in seconds of `time.time`.
      scratch: folder with the file `progress`; the file `failures` is written there.
    """
    target = {**TARGETS, **FAULTY}[name]
    target.prepare()
    _bound_memory()
    done = refused = slowest_number = 0
    slowest = 0.0
    with (
        open(scratch / "progress", "r+b") as file,
        mmap.mmap(file.fileno(), PROGRESS.size) as progress,
        open(scratch / "failures", "a", encoding="utf-8") as failures,
        tempfile.TemporaryDirectory(dir=scratch) as place,
    ):
        for number in range(first, stop):
            if time.time() > until:
                break
            content = target.make(random.Random(f"{name}/{seed}/{number}"))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            figures = (done, refused, slowest, slowest_number, peak)
            progress[:] = PROGRESS.pack(number, time.time(), *figures)
            began = time.process_time()
            failure = ""
            try:
                target.read(content, Path(place))
            except UserError as error:
                refused += 1
                if in_line(error) != str(error):
                    failure = f"a refusal that is not one line: {error}"
            except BaseException as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                text = f"{type(error).__name__}: {error}"[:200]
                failure = f"{text} ({where.name} in {Path(where.filename).name}:{where.lineno})"
            took = time.process_time() - began
            done += 1
            if took > slowest:
                slowest, slowest_number = took, number
            if took > SECONDS:
                failure = f"took {took:.1f} s of the processor"
            if failure:
                failures.write(json.dumps([number, failure]) + "\n")
                failures.flush()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        progress[:] = PROGRESS.pack(-1, 0.0, done, refused, slowest, slowest_number, peak)


def _bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


if __name__ == "__main__":
    _name, _seed, _first, _stop, _until, _scratch = sys.argv[1:]
    main(_name, int(_seed), int(_first), int(_stop), float(_until), Path(_scratch))
