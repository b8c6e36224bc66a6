"""Mail of customers: to which case it belongs, and what is done with all other mail."""
