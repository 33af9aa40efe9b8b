"""Every query of the revenue slice."""
