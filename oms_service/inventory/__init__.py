"""Stock: levels, and the movements that are their only writer."""
