"""Every SQL statement of connectors."""
