"""What the shop sells, by its words."""
