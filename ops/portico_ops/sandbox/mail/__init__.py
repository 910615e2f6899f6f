"""Mail that left the portal: taken over SMTP, kept, shown."""
