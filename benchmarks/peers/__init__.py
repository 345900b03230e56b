"""Our index and search beside those that people would else take: one run, one machine, one embedding, one set of claims."""
