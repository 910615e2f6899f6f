"""What identity does when it is told to, one module a topic."""
