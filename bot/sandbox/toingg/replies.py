"""How answers are worded where Toingg declares no schema: all that is known or thinkable."""

from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.sandbox.toingg.book import Checkout, Generation, SandboxCall


@dataclass(frozen=True)
class Replies:
    """The wording from now on. The defaults are our assumption; no client was seen to read them.

    `shape` is where a call's id stands; `id_key` its key, None for `callSid` in generation 1 and
    `callId` in v3. `batch`: ids with their numbers, or only in the numbers' order. `checkout`: one
    key, a 303 to Stripe, or the URL as a bare string. `status_keys` and `campaigns` are v3's two
    spellings of a call's times and two containers of its campaigns.
    """

    shape: Literal["result", "data", "top", "bare"] = "result"
    id_key: str | None = None
    batch: Literal["numbers", "order"] = "numbers"
    checkout: Literal["sessionId", "id", "url", "redirect", "bare"] = "sessionId"
    status_keys: Literal["snake", "camel"] = "snake"
    campaigns: Literal["object", "array"] = "object"

    def _key(self, generation: Generation) -> str:
        return self.id_key or ("callSid" if generation == "v1" else "callId")

    def _wrapped(self, message: str, content: Any) -> Any:
        accepted = {"status": True, "message": message}
        match self.shape:
            case "top":
                return accepted | (content if isinstance(content, dict) else {"calls": content})
            case "bare":
                return content
            case "result" | "data":
                return accepted | {self.shape: content}

    def call(self, call: SandboxCall) -> Response:
        """The answer to a call that was made."""
        content = (
            call.call_sid if self.shape == "bare" else {self._key(call.generation): call.call_sid}
        )
        return JSONResponse(self._wrapped("Call initiated", content))

    def calls(self, calls: list[SandboxCall]) -> Response:
        """The answer to a batch that was made."""
        if self.batch == "order":
            return JSONResponse(self._wrapped("Calls initiated", [c.call_sid for c in calls]))
        key = self._key("v1")
        rows = [{"clientNumber": call.phone, key: call.call_sid} for call in calls]
        return JSONResponse(self._wrapped("Calls initiated", rows))

    def checkout_session(self, checkout: Checkout) -> Response:
        """The answer with a checkout session."""
        match self.checkout:
            case "redirect":
                return RedirectResponse(checkout.url, status_code=303)
            case "bare":
                return JSONResponse(checkout.url)
            case "url":
                return JSONResponse({"url": checkout.url})
            case "sessionId" | "id":
                return JSONResponse({self.checkout: checkout.session_id})

    def status(self, call: SandboxCall) -> dict[str, Any]:
        """A call's state as v3 tells it: times in ISO 8601, the duration a string of seconds."""
        start = call.history[0][1].isoformat()
        end = call.history[-1][1].isoformat() if call.over else None
        told: dict[str, Any] = {"status": call.state, "duration": str(call.seconds)}
        if self.status_keys == "snake":
            return told | {"start_time": start, "end_time": end}
        return told | {"startTime": start, "endTime": end, "error": None}


def envelope(result: Any, message: str = "Success", *, status: bool = True) -> Response:
    """v3's answer: `{"status": …, "message": …, "result": …}`."""
    return JSONResponse({"status": status, "message": message, "result": result})
