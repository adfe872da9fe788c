"""What Rackhouse does in a second, beside what PostgreSQL and the bare HTTP server do."""
