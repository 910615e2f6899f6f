"""For tests: real databases and brokers made quick, people to act as, clocks to set."""
