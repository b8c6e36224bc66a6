"""The demo shop: a Japanese shop with a past, made from a seed and relative to today."""
