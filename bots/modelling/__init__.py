"""A language model the shop may plug in: it may suggest, and never decides."""
