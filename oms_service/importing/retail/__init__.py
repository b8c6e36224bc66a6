"""The retail file: one JSON document with the products, users and orders of a shop."""
