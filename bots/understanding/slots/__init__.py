"""The things people name in a message, one module a kind."""
