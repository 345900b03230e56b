"""The checks behind `rag.flags`: one module for each way in which a claim can disagree with its text."""
