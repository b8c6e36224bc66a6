"""What a chat proposes: written down, shown, and done once on a clear yes."""
