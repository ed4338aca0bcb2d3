"""codek7-blank, a plugin of codek7."""
