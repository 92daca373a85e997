"""Understanding a question: what it leans on, what its short forms mean, what it asks for."""
