"""What the shop sells, found by the words of a customer."""
