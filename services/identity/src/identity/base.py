"""The declarative base of identity's tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.db import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(schema="identity", naming_convention=NAMING)
