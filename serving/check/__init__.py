"""POST /v1/check: any text against passages, documents, or both."""
