"""Documents in the rows of a PostgreSQL or SQLite database."""
