"""What changes in a placed order before it leaves."""
