"""Measured speed: one JSON line a figure, each beside its floor from the same run."""
