"""Every query of the slice: `writing` for the write model, `cards` for the read model, `search` for finding in it."""
