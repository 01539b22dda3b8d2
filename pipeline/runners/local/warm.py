"""What the process from which workers fork imports: all that nodes run."""

from components.garbage import collecting_less

with collecting_less():
    # TensorFlow imports it when the first epoch's figures are written.
    import tensorboard.summary.v2  # noqa: F401

    import components.trainer.run  # noqa: F401
    import pipeline.dag
    import pipeline.runners.local.worker  # noqa: F401
