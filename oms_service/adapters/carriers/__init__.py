"""Carriers: how their parcels are found and how their calls are read."""
