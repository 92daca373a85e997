"""Floor 3: the program: command line and one-process composition."""
