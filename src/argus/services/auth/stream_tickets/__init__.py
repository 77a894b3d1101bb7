"""One-time tickets with which browsers open streams."""
