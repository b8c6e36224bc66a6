"""How a delivery goes."""
