"""Speed, memory and quality, measured; their output is the result."""
