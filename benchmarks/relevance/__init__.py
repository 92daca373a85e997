"""How well sentences that answer a question are told from true ones on another matter."""
