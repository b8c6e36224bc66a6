"""How soon customers are answered: targets, clocks, warnings."""
