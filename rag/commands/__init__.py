"""What each command of `rag` does. Heavy imports stand inside the functions, so that `rag --help` is quick."""
