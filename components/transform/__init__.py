"""From the stored bytes of a picture to the numbers a network sees, the same in training and serving."""
