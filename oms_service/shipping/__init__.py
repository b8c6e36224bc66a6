"""Parcels: scans, estimates, promises, jeopardy."""
