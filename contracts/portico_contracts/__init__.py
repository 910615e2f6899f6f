"""What Portico's services promise one another. One module a service; no framework inside."""
