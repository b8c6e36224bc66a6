"""Products, variants, prices."""
