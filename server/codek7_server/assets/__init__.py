"""/api/assets: what was uploaded, what is known of it, how to play it, and who may."""
