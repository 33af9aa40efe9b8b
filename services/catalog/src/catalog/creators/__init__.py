"""The replica of identity's users, and the public profiles of those who teach."""
