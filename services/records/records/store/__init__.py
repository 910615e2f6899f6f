"""Tables of records and the writes on them; one file a topic."""
