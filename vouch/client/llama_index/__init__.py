"""LlamaIndex's retriever and query engine over the API. Importing them takes seconds."""
