"""Threads and conversations say the same: what is said in one stands in the other, once."""
