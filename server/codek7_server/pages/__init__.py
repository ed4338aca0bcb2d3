"""The pages that people see: server-rendered, over the same live objects as the API."""
