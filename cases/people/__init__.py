"""Customers on the desk: each on one page, with all that was between us."""
