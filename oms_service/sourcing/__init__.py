"""Sourcing: where goods come from, and what is kept of why."""
