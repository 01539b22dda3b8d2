"""From the stored bytes of a picture to the numbers a network sees, in training and serving."""
