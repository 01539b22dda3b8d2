"""Fetches a run's report from its object store.

For its keys see `pipeline.stores`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyarrow import fs

from components.errors import UserError
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.text import masked_answer
from pipeline.report.build import PAGE
from pipeline.runners.kubeflow.names import kubernetes_name
from pipeline.runs.result import SUMMARY
from pipeline.stores import find_store

#: Files of a report that `collect` of a study takes.
FOR_STUDIES = (PAGE, SUMMARY.name, PREDICTIONS_FILE)


def fetch_report(pipeline_root: str, pipeline: str, run_id: str, to: Mapping[str, Path]) -> None:
    """Fetches files of a run's report from the object store: all of them, or none.

    Args:
      pipeline_root: of the run, e.g. minio://BUCKET/PATH.
      pipeline: the pipeline's name.
      run_id: the run's id.
      to: name of a file of the report → file to write.

    Raises:
      UserError: one is not there, or the store is not known or refuses.
    """
    store, root = find_store(pipeline_root)
    store.check()
    folder = f"{root.rstrip('/')}/{pipeline}/{run_id}/{kubernetes_name('Report')}"
    try:
        objects = store.connect()
        files = objects.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
        paths = {file.base_name: file.path for file in files}
        missing = [name for name in to if name not in paths]
        if missing:
            raise UserError(
                f"no {missing[0]} in {pipeline_root}: there is none below {folder}; the run's page "
                "shows the report as `page` of the node `report`"
            )
        contents = {}
        for name in to:
            with objects.open_input_stream(paths[name]) as file:
                contents[name] = file.read()
    except OSError as error:
        reason = masked_answer(str(error)).partition("\n")[0]
        raise UserError(f"the report cannot be fetched from {pipeline_root}: {reason}") from error
    for name, file in to.items():
        file.write_bytes(contents[name])


def check_store(root: str) -> None:
    """Looks whether the environment says where the object store of a pipeline root is.

    Raises:
      UserError: it does not; nothing is asked of the store yet.
    """
    find_store(root)[0].check()
