"""Everything said to and by customers, on every channel."""
