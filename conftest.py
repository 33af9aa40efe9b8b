"""For every suite of the repository: the fixtures with real servers."""

pytest_plugins = ["shared.testing.plugin"]
