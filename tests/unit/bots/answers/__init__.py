"""The shop's own answers."""
