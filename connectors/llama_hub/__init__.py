"""Whatever a LlamaIndex reader reads."""
