"""Two cases that are one, and one that is two: merged, split, and undone again."""
