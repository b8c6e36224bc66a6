"""Real orders in: a shop's own files become rows, all of them or none."""
