"""Orders: lines, counters, derived states."""
