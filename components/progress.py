"""A run's event log: one JSON object a line, written by nodes, read by whoever shows progress.

The file's path comes from the environment, so that it is no part of a node's settings
(and of its cache key). Where the variable is not set, as on a cluster, events go nowhere.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from components.files import is_full

EVENTS_FILE = "PIPELINE_EVENTS_FILE"


def emit(kind: str, **fields: Any) -> None:
    """Appends an event, e.g. `emit("epoch", node="Trainer.candidate", epoch=3, accuracy=0.9)`."""
    path = os.environ.get(EVENTS_FILE)
    if not path:
        return
    line = json.dumps({"time": time.time(), "kind": kind, **fields})
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        # Events only tell of the work. Where the disk is full, the work itself will say so.
        if not is_full(error):
            raise
