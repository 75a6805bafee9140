"""What goes to Toingg: a model a request body, sending exactly the field names of the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


@dataclass(frozen=True)
class Person:
    """Somebody to reach: a name, and a number in E.164. Neither shows in a `repr`."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


class Body(BaseModel):
    """A request's JSON body: fields by our names, serialised by the wire's, None left out."""

    # What people typed must not be quoted by a validation error either.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def to_json(self) -> bytes:
        """The body's bytes: well-formed UTF-8, half a surrogate pair in a name becoming "?"."""
        fields = self.model_dump(by_alias=True, exclude_none=True)
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


class CallBody(Body):
    """Generation 1's `make_toingg`."""

    campaign: str
    name: str
    phone: str = Field(serialization_alias="phoneNumber")
    language: str | None = None


class ScriptCallBody(Body):
    """Generation 1's `make_toingg_details`."""

    campaign: str = Field(serialization_alias="campaignName")
    script: str = Field(serialization_alias="campaignScript")
    name: str
    phone: str = Field(serialization_alias="phoneNumber")


class BatchEntry(Body):
    """One number of a batch."""

    name: str = Field(serialization_alias="clientName")
    phone: str = Field(serialization_alias="clientNumber")


class BatchBody(Body):
    """Generation 1's `make_batch_toingg`."""

    campaign: str
    entries: tuple[BatchEntry, ...] = Field(serialization_alias="numberList")


class TextBody(Body):
    """Generation 1's `send_sms`."""

    name: str
    phone: str = Field(serialization_alias="phoneNumber")
    message: str


class CheckoutBody(Body):
    """Generation 1's `create-checkout-session`: the key itself, lower-case k."""

    apikey: str = Field(repr=False)


class V3CallBody(Body):
    """v3's `make_call`. Its other fields are left to Toingg's own defaults."""

    name: str
    phone: str = Field(serialization_alias="phoneNumber")
    campaign: str = Field(serialization_alias="campID")


class CampaignDraft(Body):
    """v3's campaign, as far as documented; `more` carries fields by the names of the wire.

    Toingg's older documentation wants a script of at least 200 characters.
    """

    title: str | None = None
    voice: str | None = None
    language: str | None = None
    script: str | None = None
    purpose: str | None = None
    knowledge_base: str | None = Field(default=None, serialization_alias="knowledgeBase")
    calendar: JsonValue = None
    first_line: str | None = Field(default=None, serialization_alias="firstLine")
    tone: str | None = None
    more: Mapping[str, JsonValue] = Field(default_factory=dict, exclude=True)

    def fields(self) -> dict[str, Any]:
        """What is set, by the names of the wire."""
        return {**self.model_dump(by_alias=True, exclude_none=True), **self.more}


class CampaignBody(Body):
    """v3's `create_campaign`: whatever fields the draft has set."""

    model_config = ConfigDict(extra="allow")


class CampaignUpdateBody(Body):
    """v3's `update_campaign`."""

    changes: Mapping[str, JsonValue] = Field(serialization_alias="campaignModelData")
    campaign_id: str = Field(serialization_alias="campId")
