"""Collecting orders in a shop: who waits for what, until when, and by which code."""
