"""The outside: a mail server and a provider of text messages."""
