"""The sandbox's pages and JSON: what left the portal, to be read."""
