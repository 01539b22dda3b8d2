from __future__ import annotations

import pytest

from components.errors import UserError
from pipeline.runners.kubeflow.cron import for_kubeflow


@pytest.mark.parametrize(
    ("cron", "there"),
    [
        ("0 3 * * *", "0 0 3 * * *"),
        ("*/15 8-18 * * mon-fri", "0 */15 8-18 * * mon-fri"),
        ("5,35 0 1 JAN,jul *", "0 5,35 0 1 jan,jul *"),
        ("0 0 * * 0", "0 0 0 * * 0"),
        ("@weekly", "0 0 0 * * 0"),
        ("@hourly", "0 0 * * * *"),
        ("0 0 1 */3 *", "0 0 0 1 */3 *"),
    ],
)
def test_times_begin_with_seconds_there(cron: str, there: str) -> None:
    assert for_kubeflow(cron) == there


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("", "must be minute, hour, day of the month"),
        ("daily", "must be minute, hour, day of the month"),
        ("0 0 3 * * *", "must be minute, hour, day of the month"),
        ("60 3 * * *", "minute 60: must be *, or numbers of 0 to 59"),
        ("0 24 * * *", "hour 24: must be *, or numbers of 0 to 23"),
        ("0 3 0 * *", "day of the month 0"),
        ("0 3 * 13 *", "month 13"),
        ("0 3 * * 7", "day of the week 7: must be *, or numbers of 0 to 6"),
        ("0 3 * * monday", "day of the week monday"),
        ("9-5 3 * * *", "minute 9-5"),
        ("*/0 3 * * *", "minute */0"),
        ("1, 3 * * *", "minute 1,"),
        ("a 3 * * *", "minute a"),
        ("0 3 * * ٣", "day of the week ٣"),
        ("jan 3 * * *", "minute jan"),
    ],
)
def test_times_that_there_are_not_are_one_line(cron: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        for_kubeflow(cron)
    assert said in str(error.value)
