"""Orders fetched in a shop: kept ready, brought there, handed over."""
