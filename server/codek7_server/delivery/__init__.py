"""Handing out published media: playlists, init sections and byte ranges, to whoever holds a playback token.

It asks the store and nobody else: never the catalog, never an account.
"""
