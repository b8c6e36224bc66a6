"""The house speaks first."""
