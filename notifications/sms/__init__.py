"""Notices as short messages: whose number it is, what they say, and what comes back."""
