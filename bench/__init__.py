"""Benchmarks against real processes on real, migrated schemas."""
