"""What colleagues do about an order from its case: previewed, limited, once, and undone."""
