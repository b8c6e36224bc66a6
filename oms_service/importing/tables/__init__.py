"""Tables in files, CSV or JSON Lines: orders, customers, products and stock."""
