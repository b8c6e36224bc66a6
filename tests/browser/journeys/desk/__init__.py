"""What agents and leads do at the desk."""
