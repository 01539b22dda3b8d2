from __future__ import annotations

import apache_beam as beam
import pytest

from components.errors import UserError, user_error_in


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


def test_its_text_is_one_line_whatever_a_file_is_called() -> None:
    assert str(UserError("no file 'a\nb\x1b[31m' – see café")) == (
        "no file 'a\\nb\\x1b[31m' – see café"
    )
