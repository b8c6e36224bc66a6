"""Programs that answer."""
