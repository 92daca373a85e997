"""A real llama.cpp server over a GGUF file, for tests and benchmarks."""
