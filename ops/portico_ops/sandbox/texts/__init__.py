"""Text messages that left the portal: taken in the shape of Twilio's HTTP API, kept, shown."""
