"""The published language: what services tell each other. Additive within a version; samples/ holds examples."""
