"""What adapters must do, as protocols."""
