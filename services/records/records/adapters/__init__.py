"""Where records meets the outside: other systems' health data."""
