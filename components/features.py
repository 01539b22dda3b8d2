"""The names of the features of a picture, before and after Transform.

Every component that reads or writes Examples takes the names from here.
"""

from __future__ import annotations

# Raw features, as ExampleGen writes them: one tf.train.Example a picture, one value each.
IMAGE = "image"  # bytes: raw uint8 pixels (row by row), or a JPEG, PNG, GIF or BMP file
LABEL = "label"  # int64: 0 … number of classes − 1
CLASS_NAME = "class_name"  # bytes: the label's name, for slices that people read
EXAMPLE_ID = "example_id"  # bytes: stable, e.g. "train/00000042"
AUGMENTATION_SEED = "augmentation_seed"  # int64: 0 = the picture as it is
HEIGHT = "height"  # int64, pixels
WIDTH = "width"  # int64, pixels
MEAN_INTENSITY = "mean_intensity"  # float32, 0 … 255, over all pixels and channels

# What the node BackboneFeatures adds to them.
BACKBONE = "backbone"  # bytes, one a view: 2048 little-endian floats; the first as it is

# What Transform makes of them.
PIXELS = "pixels"  # float32 [height, width, channels], k/255 for whole numbers k

# Splits. `eval` is held out of the training pictures; `test` is the official test set.
TRAIN, EVAL, TEST = "train", "eval", "test"
SPLITS = (TRAIN, EVAL, TEST)
