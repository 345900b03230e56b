"""`python -m rag.cli` is the command `rag`."""

from rag.cli.commands import main

if __name__ == "__main__":
    main()
