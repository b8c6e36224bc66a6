"""Goods coming back: RMAs and their lines."""
