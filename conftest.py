"""For every suite of the repository: the fixtures with real servers."""

from hypothesis import HealthCheck, settings

# How long an example takes, or its making, says how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

pytest_plugins = ["shared.testing.plugin"]
