"""The customer's own pages in a real browser."""
