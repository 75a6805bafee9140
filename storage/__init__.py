"""What is kept: tables, and the functions that read and move their rows.

They take a transaction's connection and not an ORM session: measured, a session costs more than the
statements that go through it.
"""

from sqlalchemy import Connection

__all__ = ["Connection"]
