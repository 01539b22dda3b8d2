"""Packaging: which versions this project runs on. Tool settings are in pyproject.toml.

TFX comes in two pairs, never as one open range (pip would backtrack for minutes
and choose by glibc): 1.16 on Python 3.10, 1.21 on Python 3.12 and 3.13. The exact
set for each is in constraints/; scripts/setup chooses one for this machine.
"""

from pathlib import Path

from setuptools import find_packages, setup

# Folders beside the packages whose YAML files an installed package needs too: package → folder.
# They are not there while the image's first stage installs what this project needs.
BESIDE = {f"pipeline._{folder}": folder for folder in ("data", "kubeflow") if Path(folder).is_dir()}

setup(
    name="regularization-pipeline",
    version="0.1.0",  # as in pipeline/__init__.py
    license="Apache-2.0",
    description="Does regularization pay off? A TFX pipeline that trains a baseline and a regularized model and compares them.",
    packages=[
        *find_packages(include=["pipeline", "pipeline.*", "components", "components.*"]),
        *BESIDE,
    ],
    package_dir=BESIDE,
    package_data={
        "": ["*.j2", "*.css", "*.js"],
        "pipeline._data": ["*.yaml", "weights/*.yaml"],
        "pipeline._kubeflow": ["resources.yaml"],
    },
    python_requires=">=3.10,<3.14,!=3.11.*",
    install_requires=[
        'tfx==1.16.0; python_version < "3.11"',
        'tfx>=1.21.0,<1.22; python_version >= "3.11"',
        "tensorflow",
        "tensorflow-model-analysis",
        "apache-beam",
        "keras>=3.6",
        "click>=8.1",
        "jinja2",
        # tfx[kfp] installs no kfp on Python 3.12 and newer, so kfp is named here.
        "kfp>=2.5,<2.17",
        "kfp-pipeline-spec<2.17",
        "matplotlib",
        "numpy",
        "pandas",
        "pillow",
        "platformdirs",
        "psutil",
        "pyarrow",
        "pydantic>=2.9",
        "pyyaml",
        "requests",
        "rich",
        "scipy",
        "tensorboard",
        "typing_extensions",
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]"],
        "onnx": ["tf2onnx", "onnxruntime"],
        "notebooks": ["jupyterlab>=4", "ipykernel"],
        "dev": [
            "hypothesis",
            "import-linter",
            "ipykernel",
            "mypy",
            "nbclient",
            "nbformat",
            "pytest",
            "pytest-xdist",
            "ruff",
            "statsmodels",
            "types-PyYAML",
            "types-requests",
        ],
    },
    entry_points={"console_scripts": ["regularization-pipeline=pipeline.__main__:start"]},
)
