"""How credentials are used: collected in memory on the read path, written in batches behind it (law 7, decision 6)."""
