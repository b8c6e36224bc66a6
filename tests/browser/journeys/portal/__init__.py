"""What customers come to do."""
