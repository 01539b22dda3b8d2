"""On this machine, by TFX's `BeamDagRunner`."""
