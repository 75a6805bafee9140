"""Stripe's refusals: HTTP status, type, code, the words, and which parameter is meant."""

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"


class Refused(Exception):
    """Stripe refuses. `body()` is what it answers (docs.stripe.com/api/errors).

    `began` says that the endpoint had begun its work: only then is the answer kept for an
    idempotency key (docs.stripe.com/api/idempotent_requests).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        began: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind
        self.began = began

    def body(self) -> dict[str, Any]:
        """`{"error": {...}}`; a field that has nothing to say is left out, as by Stripe."""
        error = {
            "code": self.code,
            "doc_url": DOCS + self.code.replace("_", "-") if self.code else None,
            "message": self.message,
            "param": self.param,
            "type": self.kind,
        }
        return {"error": {name: value for name, value in error.items() if value is not None}}


def no_such(what: str, given: str, param: str = "id", *, status: int = 404) -> Refused:
    """404 for an object that isn't there; 400 where a parameter names it."""
    return Refused(
        f"No such {what}: '{given}'", status=status, code="resource_missing", param=param
    )


def missing(param: str) -> Refused:
    """A parameter that must be given and isn't."""
    return Refused(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_parameter(param: str) -> Refused:
    """A parameter that this endpoint doesn't have, or that the sandbox doesn't stand in for."""
    return Refused(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def not_an_integer(param: str, given: str) -> Refused:
    """A parameter that isn't a whole number."""
    return Refused(f"Invalid integer: {given}", code="parameter_invalid_integer", param=param)


def web_address(given: str | None, param: str) -> str | None:
    """An http or https URL; Refused for any other (docs.stripe.com/error-codes#url-invalid)."""
    if given is not None and not given.lower().startswith(("http://", "https://")):
        raise Refused("Not a valid URL", code="url_invalid", param=param)
    return given
