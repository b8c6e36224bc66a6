"""What the warehouse, the shops and operations do."""
