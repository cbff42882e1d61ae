"""Mail: queued in the transaction that causes it, delivered after its commit."""
