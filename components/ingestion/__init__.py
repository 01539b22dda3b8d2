"""Reads data sets in the formats people have and writes them as tf.train.Examples."""
