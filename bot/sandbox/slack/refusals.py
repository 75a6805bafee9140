"""How the stand-in says no: one exception that carries Slack's own words."""

from typing import Any

from bot.sandbox.slack.limits import RULES

Json = dict[str, Any]
"""A JSON object of Slack's, as it goes over the wire."""


class SlackError(Exception):
    """Slack's refusal of one request: `{"ok": false, "error": code, …}`.

    `status` is the HTTP status, `extra` what stands beside the code (as `needed` and `provided`),
    `headers` what goes with the answer (as `Retry-After`).
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 200,
        extra: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.extra = extra or {}
        self.headers = headers or {}

    def body(self) -> Json:
        """The answer's JSON."""
        return {"ok": False, "error": self.code, **self.extra}


def breach(
    rule: str, *, extra: Json | None = None, headers: dict[str, str] | None = None
) -> SlackError:
    """The refusal of a breach of this rule of the table's."""
    broken = RULES[rule]
    return SlackError(broken.code, status=broken.status, extra=extra, headers=headers)


def missing(*names: str) -> SlackError:
    """The refusal that names the arguments that aren't there."""
    lines = [f"[ERROR] missing required field: {name}" for name in names]
    return breach("a missing argument", extra={"response_metadata": {"messages": lines}})
