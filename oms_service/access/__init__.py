"""Staff, roles, permissions, sessions, keys: who may do what."""
