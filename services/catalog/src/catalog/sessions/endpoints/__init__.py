"""Sessions over HTTP: everybody's doors, and those of admins."""
