"""People: who they are, by what we know them, where they live."""
