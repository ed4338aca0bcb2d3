"""The production door: upload, jobs, delivery, an API and pages, over one home."""
