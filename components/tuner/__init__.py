"""The search that gives both arms the same chance."""
