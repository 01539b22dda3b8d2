"""Whether there is a GPU, asked of a `nvidia-smi` on `PATH`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.runners.local.gpu import has_gpu


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'GPU 0: NVIDIA L4 (UUID: GPU-1)'", True),
        ("echo 'No devices were found'", False),
        ("echo 'GPU 0: lost'; exit 9", False),
        (None, False),
    ],
)
def test_nvidias_tool_is_asked(
    script: str | None, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f'#!/bin/sh\n[ "$1" = -L ] || exit 1\n{script}\n')
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert has_gpu() is expected
