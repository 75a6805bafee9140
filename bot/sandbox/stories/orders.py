"""What the stories ask for: whom to call, and how that reads on either side."""

from collections.abc import Mapping
from dataclasses import dataclass

CAMPAIGN = "Spring Sale"
MODAL = "Call Somebody"


@dataclass(frozen=True)
class Callee:
    """Somebody to call. The numbers are of those that are set aside for fiction."""

    name: str
    written: str
    """The number as it is typed."""
    card: str
    """What the head of the call's card says: the number is masked in a channel."""

    @property
    def phone(self) -> str:
        """E.164."""
        return self.written.replace(" ", "")

    @property
    def fields(self) -> Mapping[str, str]:
        """What is typed into the modal, by label."""
        return {"Campaign": CAMPAIGN, "Name": self.name, "Phone number": self.written}

    @property
    def body(self) -> Mapping[str, str]:
        """What Toingg is asked for then."""
        return {"campaign": CAMPAIGN, "name": self.name, "phoneNumber": self.phone}


JOHN = Callee("John Doe", "+1 415 555 0132", "Call to +1 415 ••• ••32")
JANE = Callee("Jane Roe", "+1 415 555 0146", "Call to +1 415 ••• ••46")
JANE_AT_WORK = Callee("Jane Roe", "+1 415 555 0157", "Call to +1 415 ••• ••57")
RICHARD = Callee("Richard Miles", "+1 415 555 0168", "Call to +1 415 ••• ••68")
MARY = Callee("Mary Major", "+1 415 555 0179", "Call to +1 415 ••• ••79")
