"""Readers: one module a shape of file; each gives abstracts with the provenance of every field."""
