"""Where this project's own files are, and where a user's data sets and runs go.

In a checkout all of them are in its folders. Installed (`pip install .`), the descriptions of
data sets are inside the package, and what a user makes goes to the user's own folders.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from components.errors import UserError
from components.files import is_address

_NAME = "regularization-pipeline"
#: Names the folder of all runs.
ROOT_VARIABLE = "REGULARIZATION_ROOT"
_PACKED = Path(__file__).with_name("_data")  # only where the package is installed

#: The checkout; None where the package is installed.
CHECKOUT = None if _PACKED.is_dir() else Path(__file__).resolve().parents[1]

#: The folder of the data sets' descriptions.
DESCRIPTIONS = CHECKOUT / "data" if CHECKOUT else _PACKED

#: What each node gets on a cluster, unless the user names another file.
RESOURCES = (
    CHECKOUT / "kubeflow" if CHECKOUT else Path(__file__).with_name("_kubeflow")
) / "resources.yaml"


def data_folder() -> Path:
    """Where data sets and weights that are fetched or generated are kept.

    $PIPELINE_DATA, or the checkout's folder `data`, or the user's cache folder.

    Raises:
      UserError: $PIPELINE_DATA is no folder of this machine.
    """
    if chosen := os.environ.get("PIPELINE_DATA"):
        if is_address(chosen):
            raise UserError(f"PIPELINE_DATA={chosen}: must be a folder of this machine")
        return Path(chosen)
    if CHECKOUT:
        return CHECKOUT / "data"
    return platformdirs.user_cache_path(_NAME) / "data"


def runs_folder() -> Path:
    """Where runs are kept.

    $REGULARIZATION_ROOT, or the current folder's `runs`, or installed, the user's data folder.
    """
    if chosen := os.environ.get(ROOT_VARIABLE):
        return Path(chosen)
    return Path("runs") if CHECKOUT else platformdirs.user_data_path(_NAME) / "runs"
