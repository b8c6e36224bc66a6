"""Adapters to carriers and other third parties."""
