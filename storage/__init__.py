"""What is kept: tables, and the functions that read and move their rows."""

from sqlalchemy.orm import Session

__all__ = ["Session"]
