"""Whether everything is in order, in words: for `authserver doctor` and the administrators' page."""
