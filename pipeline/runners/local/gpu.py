"""Which GPU this machine has, without TensorFlow, which takes seconds to import."""

from __future__ import annotations

import shutil
import subprocess


def has_gpu() -> bool:
    """Whether there is an NVIDIA GPU: whether `nvidia-smi -L` lists one."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return False
    listed = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and listed.stdout.startswith("GPU")
