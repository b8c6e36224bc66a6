"""What is to be told to customers and waits: seen, sent before its time, or stopped."""
