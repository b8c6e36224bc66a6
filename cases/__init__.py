"""Where people meet over orders: cases, the desk, the portal."""
