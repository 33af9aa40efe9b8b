"""The declarative base of booking's tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.db import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(schema="booking", naming_convention=NAMING)
