"""Telling other programs what happened: signed, from an outbox, until they have heard it or are given up."""
