"""Jobs: the ledger, who works when, the processes that work, what is told of them, and their routes."""
