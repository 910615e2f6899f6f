"""`portico bench`: what Portico does in a second, beside what the same machine could do at best."""
