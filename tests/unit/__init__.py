"""Tests that need neither application nor database."""
