"""What comes back: returns, exchanges, claims."""
