"""Files of cases: what customers and colleagues show, and how long it is kept."""
