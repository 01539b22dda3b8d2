"""Fetches a run's report from its object store.

For its keys see `pipeline.stores`.
"""

from __future__ import annotations

from pathlib import Path

from pyarrow import fs

from components.errors import UserError
from components.text import masked_answer
from pipeline.runners.kubeflow.names import kubernetes_name
from pipeline.stores import find_store


def fetch_report(pipeline_root: str, pipeline: str, run_id: str, to: Path) -> None:
    """Fetches a run's report from the object store.

    Args:
      pipeline_root: of the run, e.g. minio://BUCKET/PATH.
      pipeline: the pipeline's name.
      run_id: the run's id.
      to: file to write.

    Raises:
      UserError: it is not there, or the store is not known or refuses.
    """
    store, root = find_store(pipeline_root)
    store.check()
    folder = f"{root.rstrip('/')}/{pipeline}/{run_id}/{kubernetes_name('Report')}"
    try:
        objects = store.connect()
        files = objects.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
        pages = [file.path for file in files if file.base_name == "report.html"]
        if not pages:
            raise UserError(
                f"no report in {pipeline_root}: there is none below {folder}; the run's page shows "
                "it as `page` of the node `report`"
            )
        with objects.open_input_stream(pages[0]) as page:
            content = page.read()
    except OSError as error:
        reason = masked_answer(str(error)).partition("\n")[0]
        raise UserError(f"the report cannot be fetched from {pipeline_root}: {reason}") from error
    to.write_bytes(content)


def check_store(root: str) -> None:
    """Looks whether the environment says where the object store of a pipeline root is.

    Raises:
      UserError: it does not; nothing is asked of the store yet.
    """
    find_store(root)[0].check()
