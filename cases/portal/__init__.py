"""The customers' own pages: their orders, and what we do about them."""
