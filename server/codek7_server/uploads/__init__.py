"""Taking sources in: resumable uploads (tus 1.0), plain forms, and what imports fetch."""
