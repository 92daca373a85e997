"""A language model as evaluation asks one: instructions and material in, checked fields out."""
