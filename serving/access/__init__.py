"""Why someone can or cannot read a document."""
