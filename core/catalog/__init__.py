"""The catalog: the source of truth. Tables, their migrations, and the connection."""
