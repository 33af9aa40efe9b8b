"""Sessions on offer: the write model, and the read model that lists and searches are answered from."""
