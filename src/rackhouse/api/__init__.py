"""The HTTP API: translates requests into operations, and decides nothing."""
