"""What colleagues do together: who watches, who is called, what belongs together, side tasks."""
