"""Why somebody on a list can't be reached."""

from enum import StrEnum


class Fault(StrEnum):
    """The word for it, in tables, metrics and summaries; what to do about it is a row's `mend`."""

    MISSING = "missing"
    """Nothing stands where the phone number should."""
    INVALID = "invalid"
    """It isn't a number of any country, or isn't whole."""
    DAMAGED = "damaged"
    """A spreadsheet changed it: digits, zeros or a plus are lost, or it became a date."""
    SEVERAL = "several"
    """There is more than one number where one belongs."""
    EMERGENCY = "emergency"
    PREMIUM = "premium"
    """Premium-rate and the like: not a person's own number."""
    DUPLICATE = "duplicate"
    """An earlier row of the same list has it."""
    UNKNOWN_ZONE = "unknown_zone"
    """Its time zone column names none."""
    MISQUOTED = "misquoted"
    """A quotation mark is missing, so that several rows ran together."""
