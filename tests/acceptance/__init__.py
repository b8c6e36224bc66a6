"""Other people's cases, told to the product as they stand, compared with what they ask for."""
