from __future__ import annotations

import apache_beam as beam
import pytest

from components.errors import UserError, reason_of, user_error_in


def fail(element: int) -> int:
    raise UserError(f"picture {element} is broken: mend it")


def test_a_user_error_is_found_behind_its_followers() -> None:
    try:
        try:
            raise UserError("wrong")
        except UserError as error:
            raise RuntimeError("later") from error
    except RuntimeError as error:
        assert user_error_in(error) == "wrong"


def test_other_errors_are_not_the_users() -> None:
    assert user_error_in(ValueError("wrong")) is None


def test_a_user_error_is_found_behind_beams_traceback() -> None:
    with pytest.raises(Exception, match="picture 3") as caught:  # noqa: SIM117
        with beam.Pipeline(
            runner="apache_beam.runners.portability.fn_api_runner.FnApiRunner"
        ) as pipeline:
            _ = pipeline | beam.Create([3]) | "Read" >> beam.Map(fail)
    assert user_error_in(caught.value) == "picture 3 is broken: mend it"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("by zero\nand more", "RuntimeError: by zero"),
        ("", "RuntimeError: "),
        (
            # Of Beam's own job server, when its worker pool was killed.
            "Pipeline job-3a0e failed in state FAILED: Error running pipeline.\n"
            "Traceback (most recent call last):\n"
            '  File "queue.py", line 179, in get\n'
            "    raise Empty\n"
            "_queue.Empty\n\n"
            "During handling of the above exception, another exception occurred:\n\n"
            "Traceback (most recent call last):\n"
            '  File "data_plane.py", line 542, in input_elements\n'
            "RuntimeError: Channel closed prematurely.",
            "RuntimeError: Channel closed prematurely.",
        ),
        (
            # Of Flink.
            "Pipeline mlp failed in state FAILED: java.lang.RuntimeException: Error received from "
            "SDK harness for instruction 9: Traceback (most recent call last):\n"
            '  File "apache_beam/runners/common.py", line 1512, in process\n'
            "tensorflow.errors.NotFoundError: no file x [while running 'Write']\n\n"
            "\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
            "Caused by: java.lang.RuntimeException: the same",
            "NotFoundError: no file x",
        ),
        (
            # Of a job server whose worker pool was killed, too.
            "Pipeline job-3a0e failed in state FAILED: Error running pipeline.\n"
            "Traceback (most recent call last):\n"
            "grpc._channel._MultiThreadedRendezvous: <_MultiThreadedRendezvous of RPC that "
            'terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "Socket closed"\n\t'
            'debug_error_string = "{grpc_message:"Socket closed"}"\n>',
            "gRPC: Socket closed",
        ),
    ],
)
def test_the_reason_is_that_of_the_worker(text: str, reason: str) -> None:
    assert reason_of(RuntimeError(text)) == reason


def test_its_text_is_one_line_whatever_a_file_is_called() -> None:
    assert str(UserError("no file 'a\nb\x1b[31m' – see café")) == (
        "no file 'a\\nb\\x1b[31m' – see café"
    )
