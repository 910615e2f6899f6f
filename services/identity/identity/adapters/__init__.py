"""What identity uses from outside: password hashing and the list of common passwords."""
