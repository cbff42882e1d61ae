"""Applications of developers: the list, registering one, and a page with tabs for each."""
