"""What `portico` can be told, one module a topic."""
