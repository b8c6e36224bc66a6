"""What may be done: policies as data, and the one engine that decides by them."""
