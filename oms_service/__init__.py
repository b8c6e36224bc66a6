"""The truth: orders, stock, parcels, money, and what may be done with them."""
