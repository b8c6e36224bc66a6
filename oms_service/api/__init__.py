"""REST for machines, and webhooks in."""
