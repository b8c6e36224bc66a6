"""What people come to do, done in a real browser from end to end."""
