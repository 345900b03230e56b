"""Ask a corpus of paper abstracts: cited, checked answers."""
