"""Whatever people paste or drop, as rows that can be reached, or can't and why.

Open what was given (`open_sources`, or one of `open_paste`, `open_marked`, `open_file`), show the
`Mapping` that was guessed, open it again with a corrected one, check the script's variables, then
`read` it batch by batch in a thread. Pure: text and bytes in, values out.
"""

from bot.recipients.faults import Fault
from bot.recipients.intake.columns import Mapping
from bot.recipients.intake.layout import Layout, layout_of
from bot.recipients.intake.listing import (
    Kind,
    Listing,
    common_variables,
    open_file,
    open_marked,
    open_paste,
    open_sources,
)
from bot.recipients.intake.reading import Reader, read
from bot.recipients.intake.rows import Batch, Ready, Refused, Source, Summary
from bot.recipients.intake.script import check_script, fill, unknown_variables

__all__ = [
    "Batch",
    "Fault",
    "Kind",
    "Layout",
    "Listing",
    "Mapping",
    "Reader",
    "Ready",
    "Refused",
    "Source",
    "Summary",
    "check_script",
    "common_variables",
    "fill",
    "layout_of",
    "open_file",
    "open_marked",
    "open_paste",
    "open_sources",
    "read",
    "unknown_variables",
]
