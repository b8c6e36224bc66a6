"""The desk: where agents work."""
