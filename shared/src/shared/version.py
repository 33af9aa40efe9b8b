"""Which build this is."""

from importlib import metadata

from shared.settings import ServiceSettings


def of(settings: ServiceSettings) -> str:
    """As the environment says (VERSION), else that of the package, else `unknown`."""
    if settings.version:
        return settings.version
    try:
        return metadata.version(settings.service_name)
    except metadata.PackageNotFoundError:
        return "unknown"
