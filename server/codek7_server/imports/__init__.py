"""Media that the server fetches itself, from a URL that somebody gives."""
