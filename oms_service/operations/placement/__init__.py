"""How an order comes to be: priced, checked, held, placed."""
