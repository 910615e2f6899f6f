"""How a Portico service runs, never what it knows."""
