"""How requests were checked: noted on the way, written in batches behind it (decision 6)."""
