"""What may be given with `--beam-arg`."""

from __future__ import annotations

import pytest

from components.errors import UserError
from pipeline.beam_options import check_beam_args


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--direct_num_workers=2", "--direct_running_mode=multi_processing"],
        ["--runner=FlinkRunner", "--flink_master=localhost:8081", "--only-the-runner-knows=3"],
        ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"],
    ],
)
def test_options_for_beam_pass(arguments: list[str]) -> None:
    check_beam_args(arguments)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("x", "write it as --beam-arg=--option=value"),
        ("-r", "write it as --beam-arg=--option=value"),
        ("--job_name=\udcff", "is not text in UTF-8"),
        ("--runner=Flnk", "--runner=Flnk: Unexpected pipeline runner"),
        ("--runner=no.such.Runner", "No module named 'no'"),
        ("--runner=os.Runner", "--runner=os.Runner"),
        ("--direct_num_workers=x", "invalid int value: 'x'"),
        ("--direct_running_mode=fast", "invalid choice: 'fast'"),
    ],
)
def test_what_beam_cannot_take_is_refused(argument: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        check_beam_args([argument])
    assert said in str(error.value)
    assert "\n" not in str(error.value)
