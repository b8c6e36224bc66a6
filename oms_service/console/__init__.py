"""Staff pages about the shop's own running: health, failed steps, keys."""
