"""Settings of every service process, read from the environment."""

from typing import ClassVar, Literal, Self
from urllib.parse import quote

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

INSECURE_MARK = "insecure-development"


class ServiceSettings(BaseSettings):
    """What every service process needs; a service subclasses it and names itself.

    Raises a ValidationError at start when a development secret is used outside development.
    """

    model_config = SettingsConfigDict(extra="ignore")

    service_name: ClassVar[str]

    # Which build this is; set where it is built or started.
    version: str = ""
    debug: bool = False
    log_level: str = "INFO"
    log_format: Literal["json", "console"] = "json"
    host: str = "127.0.0.1"
    port: int = 8000
    reload: bool = False

    postgres_host: str = "127.0.0.1"
    postgres_port: int = 5432
    postgres_db: str = "marketplace"
    db_password: SecretStr = SecretStr("")
    db_owner_password: SecretStr = SecretStr("")
    db_pool_size: int = 8

    rabbitmq_host: str = "127.0.0.1"
    rabbitmq_port: int = 5672
    rabbitmq_vhost: str = "marketplace"
    rabbitmq_password: SecretStr = SecretStr("")

    identity_url: str = "http://identity-api:8000"
    catalog_url: str = "http://catalog-api:8000"
    booking_url: str = "http://booking-api:8000"
    # Whether admins may do what only admins may do after a login by one factor alone.
    require_admin_second_factor: bool = False

    token_issuer: str = "sessions-marketplace"  # noqa: S105 - the issuer's name, not a secret
    token_audience: str = "sessions-marketplace-api"  # noqa: S105

    @property
    def amqp_url(self) -> str:
        """Where this service meets the broker, with its own user."""
        password = quote(self.rabbitmq_password.get_secret_value(), safe="")
        vhost = quote(self.rabbitmq_vhost, safe="")
        return f"amqp://{self.service_name}:{password}@{self.rabbitmq_host}:{self.rabbitmq_port}/{vhost}"

    @model_validator(mode="after")
    def _refuse_development_secrets(self) -> Self:
        if self.debug:
            return self
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr) and INSECURE_MARK in value.get_secret_value():
                raise ValueError(f"{name.upper()} still has its development value; set a secret of your own")
        return self
