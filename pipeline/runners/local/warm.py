"""What the process from which workers fork imports: all that nodes run."""

from components.garbage import collecting_less

with collecting_less():
    import tensorflow as tf

    import components.trainer.run  # noqa: F401
    import pipeline.dag
    import pipeline.runners.local.worker  # noqa: F401

    _ = tf.summary.scalar  # only now TensorFlow imports TensorBoard, which each training uses
