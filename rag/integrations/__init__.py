"""Other frameworks: our retrieval and our answers as theirs. A module each, imported by its own name."""
