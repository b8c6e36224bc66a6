"""The read side: what happened, for an order or a customer."""
