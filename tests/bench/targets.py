"""A benchmark's targets: each told as met or missed, and what that makes of the exit status."""


class Targets:
    """What a benchmark has to reach."""

    def __init__(self) -> None:
        self._missed = 0

    def tell(self, what: str, *, met: bool) -> None:
        """Prints one of them."""
        print(f"{'met    ' if met else 'MISSED '} {what}")
        self._missed += not met

    @property
    def status(self) -> int:
        """The benchmark's exit status: 1 where any was missed."""
        return min(self._missed, 1)
