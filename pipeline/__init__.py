"""Which experiment runs, wired how, and where."""
