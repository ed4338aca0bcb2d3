"""What the server asks of other servers, without ever being led inside a network."""
