"""The work in the warehouse: what is to be picked, who picks it, which boxes leave."""
