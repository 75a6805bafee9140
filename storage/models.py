"""The tables. Everything but the runs and the OAuth states belongs to a workspace."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; SQLite, which knows no zones, keeps it naive and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive moment: it could mean any zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Types and constraint names that both databases share."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(row: type[Base]) -> Table:
    """The table behind a class, for statements that return values rather than objects."""
    return cast("Table", row.__table__)


# The few rows that wait for something. Queries say the same words, or SQLite won't see that the
# index is theirs; what is compared with must be a literal for that.
_ITS_OWN = "coalesce(campaign_id, '') = '' AND coalesce(elsewhere, '') <> 'nowhere'"
UNPOSTED = f"card_ts IS NULL AND {_ITS_OWN}"
UNDRAWN = f"drawn < version AND card_ts IS NOT NULL AND {_ITS_OWN}"
UNFINISHED = "drawn < version"
AT_ONCE = "state = 'pending' AND campaign_id IS NULL"
INTENDED = "intent_at IS NOT NULL"
LIVE = "state = 'placed' AND ended_at IS NULL"
HANGING_UP = "hang_up_at IS NOT NULL AND NOT hang_up_done"
UNTOLD = "NOT told"
HELD = "kind = 'reserve' AND NOT settled"
ASKING = "state = 'asking'"
LINKED = "state = 'open'"
UNSHOWN = "drawn < version AND state <> 'asking'"
UNDONE = "done_at IS NULL"
UNSAID = "drawn < version AND NOT given_up"
UNERASED = "done_at IS NULL"
LEFT_IN_SLACK = "outcome IS NULL"


def _where(name: str, condition: str, *columns: str) -> Index:
    """An index of the few rows that wait for something, so that looking for them costs little."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class WorkspaceRow(Base):
    """One installation: a team, or an enterprise's organisation-wide install (team_id "")."""

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("enterprise_id", "team_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str]
    team_id: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    bot_user_id: Mapped[str]
    bot_id: Mapped[str]
    scopes: Mapped[str]
    toingg_keys: Mapped[str | None]
    number_key: Mapped[str]
    balance: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class InstallationRow(Base):
    """A workspace that installed the bot by OAuth; `version` counts what became of it.

    `bot_token` is sealed, and NULL as soon as the workspace took it back.
    """

    __tablename__ = "installations"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    bot_token: Mapped[str | None]
    bot_user_id: Mapped[str]
    bot_id: Mapped[str]
    scopes: Mapped[str]
    installed_by: Mapped[str]
    installed_at: Mapped[datetime]
    state: Mapped[str]
    removed_at: Mapped[datetime | None]
    version: Mapped[int]


class OAuthStateRow(Base):
    """An installation under way: the hash of the word that Slack gives back with its code."""

    __tablename__ = "oauth_states"

    hash: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class SettingsRow(Base):
    """What a workspace has set for itself; `version` counts its changes, its roles' included.

    `chosen` holds JSON values by the setting's name, `roles` the role of a person (`U…`) or of a
    user group (`S…`) by its id; `secrets` is sealed, and so is `toingg_keys`: those of Toingg that
    were set before there were others, until the next change.
    """

    __tablename__ = "settings"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    chosen: Mapped[dict[str, Any]]
    roles: Mapped[dict[str, Any]]
    toingg_keys: Mapped[str | None]
    version: Mapped[int]
    secrets: Mapped[str | None]


class MemberRow(Base):
    """What Slack said of somebody, and when it was asked."""

    __tablename__ = "members"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    is_admin: Mapped[bool]
    is_outsider: Mapped[bool]
    checked_at: Mapped[datetime]


class RunRow(Base):
    """One life of one process; dead once its heart has stopped."""

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CallRow(Base):
    """One number and what became of it. `state` is ours, `status` Toingg's and Twilio's.

    A text is such a row too, of another `kind`: `script` is what it says, `parts` how long it is,
    `call_sid` its id. It is over (`ended_at`) once Toingg took it; its `status` may come later.
    `erasure_id`: the erasure that left nothing of the person in it, see `storage.erasure`.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("workspace_id", "click_key"),
        UniqueConstraint("campaign_id", "seq"),
        UniqueConstraint("campaign_id", "phone"),
        Index("ix_calls_call_sid_workspace_id", "call_sid", "workspace_id"),
        Index("ix_calls_workspace_id_phone_key", "workspace_id", "phone_key", "intent_at"),
        Index("ix_calls_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_calls_state_run", "state", "run"),
        Index("ix_calls_campaign_id_state", "campaign_id", "state", "not_before", "seq"),
        _where("ix_calls_unposted", UNPOSTED, "created_at"),
        _where("ix_calls_undrawn", UNDRAWN, "created_at"),
        _where("ix_calls_poll_at", "poll_at IS NOT NULL", "poll_at"),
        _where("ix_calls_at_once", AT_ONCE, "workspace_id"),
        _where("ix_calls_intended", INTENDED, "workspace_id", "intent_at", "state", "kind"),
        _where("ix_calls_live", LIVE, "workspace_id", "done_at"),
        _where("ix_calls_hanging_up", HANGING_UP, "hang_up_run"),
        _where("ix_calls_erasure_id", "erasure_id IS NOT NULL", "erasure_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    kind: Mapped[str]
    campaign_id: Mapped[str | None]
    seq: Mapped[int | None]
    row: Mapped[int | None]
    phone: Mapped[str]
    phone_key: Mapped[str]
    name: Mapped[str]
    campaign: Mapped[str]
    script: Mapped[str | None]
    parts: Mapped[int | None]
    language: Mapped[str | None]
    variables: Mapped[dict[str, Any]]
    zone: Mapped[str | None]
    not_before: Mapped[datetime | None]
    pending_at: Mapped[datetime]
    requested_by: Mapped[str]
    asked_in: Mapped[str]
    created_at: Mapped[datetime]
    click_key: Mapped[str]
    run: Mapped[str]
    token: Mapped[str | None]
    attempt: Mapped[int]
    intent_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    said: Mapped[str | None]
    generation: Mapped[str | None]
    call_sid: Mapped[str | None]
    status: Mapped[str | None]
    status_seq: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds: Mapped[int | None]
    cost: Mapped[int | None]
    recording_url: Mapped[str | None]
    hang_up_by: Mapped[str | None]
    hang_up_at: Mapped[datetime | None]
    hang_up_run: Mapped[str | None]
    hang_up_done: Mapped[bool]
    poll_at: Mapped[datetime | None]
    polls: Mapped[int]
    retry_of: Mapped[str | None]
    channel: Mapped[str | None]
    card_ts: Mapped[str | None]
    elsewhere: Mapped[str | None]
    version: Mapped[int]
    drawn: Mapped[int]
    erasure_id: Mapped[str | None]


class CampaignRow(Base):
    """A list of people to reach, whose rows are in the ledger.

    `drawn` is the version that its card shows for good: nothing more happens to that. It falls by
    one where rows change by more than dialling, without a move: the card is looked at again.
    `erased_at`: when a retention took away what its list was read from.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("workspace_id", "click_key"),
        Index("ix_campaigns_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_campaigns_state", "state"),
        _where("ix_campaigns_unfinished", UNFINISHED, "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    click_key: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    campaign: Mapped[str]
    script: Mapped[str | None]
    language: Mapped[str | None]
    handed_over: Mapped[bool]
    skip_days: Mapped[int]
    source: Mapped[dict[str, Any]]
    requested_by: Mapped[str]
    owner: Mapped[str]
    asked_in: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None]
    said: Mapped[str | None]
    run: Mapped[str]
    moved_by: Mapped[str | None]
    moved_at: Mapped[datetime]
    start_at: Mapped[datetime | None]
    zone: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    total: Mapped[int]
    retry_of: Mapped[str | None]
    channel: Mapped[str | None]
    card_ts: Mapped[str | None]
    elsewhere: Mapped[str | None]
    version: Mapped[int]
    drawn: Mapped[int]
    erased_at: Mapped[datetime | None]


class ApprovalRow(Base):
    """A campaign that a second person is asked about, or has approved.

    `digest` is of its recipients, its script and its limits as they were when it was asked for.
    """

    __tablename__ = "approvals"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    digest: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]


class CampaignEventRow(Base):
    """One thing that happened to a campaign; `told` once its thread says so."""

    __tablename__ = "campaign_events"
    __table_args__ = (_where("ix_campaign_events_untold", UNTOLD, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    told: Mapped[bool]


class RefusedRow(Base):
    """A row of a list that can't be reached: what was given, why, and how to mend it.

    `listing`: which of the campaign's lists it is of, from 0. `given` is `cells` on one line.
    """

    __tablename__ = "refused_rows"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), index=True)
    listing: Mapped[int]
    number: Mapped[int]
    cells: Mapped[list[str]]
    given: Mapped[str]
    fault: Mapped[str]
    mend: Mapped[str]


class PacingRow(Base):
    """A bucket: `tat` is the theoretical arrival time of its next slot, in Unix seconds.

    `rate` a second is what was learned of a limit that nobody tells: between `floor`, which held,
    and `ceiling`, which didn't.
    """

    __tablename__ = "pacing"

    name: Mapped[str] = mapped_column(primary_key=True)
    tat: Mapped[float]
    rate: Mapped[float | None]
    floor: Mapped[float]
    ceiling: Mapped[float | None]
    changed_at: Mapped[float]


class BudgetEntryRow(Base):
    """Money that came in, is held for a call, or was spent; micro-units, signed.

    `settled` is for what is held: whether it has been spent, or given back.
    """

    __tablename__ = "budget_entries"
    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        _where("ix_budget_entries_held", HELD, "call_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    key: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    call_id: Mapped[str | None]
    attempt: Mapped[int | None]
    token: Mapped[str | None]
    settled: Mapped[bool]


class CheckoutRow(Base):
    """One asking for a checkout link: by whom, where, and what became of it.

    `amount` is what the page asks for and `paid` what Stripe says was paid, in the currency's
    smallest unit; `credited` is what the balance got, in millionths. None: nobody said.
    """

    __tablename__ = "checkouts"
    __table_args__ = (
        UniqueConstraint("workspace_id", "click_key"),
        Index("ix_checkouts_session_id", "session_id"),
        Index("ix_checkouts_workspace_id_asked_by", "workspace_id", "asked_by", "asked_at"),
        _where("ix_checkouts_asking", ASKING, "run"),
        _where("ix_checkouts_linked", LINKED, "expires_at"),
        _where("ix_checkouts_unshown", UNSHOWN, "asked_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    click_key: Mapped[str]
    asked_by: Mapped[str]
    asked_in: Mapped[str]
    thread_ts: Mapped[str | None]
    campaign_id: Mapped[str | None]
    asked_at: Mapped[datetime]
    run: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    said: Mapped[str | None]
    session_id: Mapped[str | None]
    url: Mapped[str | None]
    watched: Mapped[bool]
    livemode: Mapped[bool | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    paid: Mapped[int | None] = mapped_column(BigInteger)
    paid_currency: Mapped[str | None]
    paid_by: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    credited: Mapped[int | None] = mapped_column(BigInteger)
    confirmed_by: Mapped[str | None]
    fault: Mapped[str | None]
    channel: Mapped[str | None]
    card_ts: Mapped[str | None]
    elsewhere: Mapped[str | None]
    version: Mapped[int]
    drawn: Mapped[int]


class CallEventRow(Base):
    """One thing that happened to a call; `told` once its thread says so."""

    __tablename__ = "call_events"
    __table_args__ = (_where("ix_call_events_untold", UNTOLD, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    told: Mapped[bool]


class PostingRow(Base):
    """A Slack post that matters, written down before it is made."""

    __tablename__ = "postings"
    __table_args__ = (UniqueConstraint("workspace_id", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    key: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    run: Mapped[str]
    channel: Mapped[str]
    thread_ts: Mapped[str | None]
    intent_at: Mapped[datetime]
    unsure: Mapped[bool]
    ts: Mapped[str | None]


class WebhookEventRow(Base):
    """What a provider told by its webhook; `done_at` NULL: it is still to be processed.

    `body` is dropped after 30 days, for it holds personal data; its SHA-256 and the fact stay.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("workspace_id", "provider", "event_id"),
        _where("ix_webhook_events_undone", UNDONE, "id"),
        _where("ix_webhook_events_kept", "body IS NOT NULL", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    provider: Mapped[str]
    event_id: Mapped[str]
    type: Mapped[str]
    at: Mapped[datetime]
    livemode: Mapped[bool]
    digest: Mapped[str]
    body: Mapped[str | None]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    payment_id: Mapped[str | None] = mapped_column(index=True)
    fact: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class PaymentRow(Base):
    """What one message is about: a payment, an invoice, a subscription or a payout.

    `news` are the lines that its threads are told, by the version that each came with.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("workspace_id", "identity"),
        _where("ix_payments_remind_at", "remind_at IS NOT NULL", "remind_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    identity: Mapped[str]
    livemode: Mapped[bool]
    created_at: Mapped[datetime]
    version: Mapped[int]
    news: Mapped[dict[str, Any]]
    remind_at: Mapped[datetime | None]


class PaymentAliasRow(Base):
    """One of a payment's identifiers: facts name it by any of them."""

    __tablename__ = "payment_aliases"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))


class AnnouncementRow(Base):
    """A payment's message in one channel: its thread is told, and it is drawn, up to a version."""

    __tablename__ = "announcements"
    __table_args__ = (
        UniqueConstraint("payment_id", "channel"),
        _where("ix_announcements_unsaid", UNSAID, "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    channel: Mapped[str]
    asker: Mapped[str]
    created_at: Mapped[datetime]
    stands_in: Mapped[str | None]
    ts: Mapped[str | None]
    elsewhere: Mapped[str | None]
    version: Mapped[int]
    told: Mapped[int]
    drawn: Mapped[int]
    lives: Mapped[int]
    given_up: Mapped[bool]


class SubscriptionRow(Base):
    """Which payment facts a channel is told. `minimum` in millionths of a currency's unit."""

    __tablename__ = "subscriptions"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    groups: Mapped[str]
    minimum: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    mode: Mapped[str]
    changed_at: Mapped[datetime]


class OptOutRow(Base):
    """A number that said stop, known by its keyed hash, which outlives an erasure of `phone`."""

    __tablename__ = "opt_outs"
    __table_args__ = (Index("ix_opt_outs_workspace_id_at", "workspace_id", "at", "phone_key"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    phone_key: Mapped[str] = mapped_column(primary_key=True)
    phone: Mapped[str | None]
    source: Mapped[str]
    by: Mapped[str | None]
    at: Mapped[datetime]


class InboundRow(Base):
    """One text that somebody sent to us, once however often it is reported.

    `call_id` is the row of the ledger that it answers; without one, `told` says whether Slack has
    it already.
    """

    __tablename__ = "inbound_texts"
    __table_args__ = (
        UniqueConstraint("workspace_id", "message_sid"),
        _where("ix_inbound_texts_untold", UNTOLD, "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    message_sid: Mapped[str]
    phone: Mapped[str]
    phone_key: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]
    call_id: Mapped[str | None]
    told: Mapped[bool]


class TemplateRow(Base):
    """One version of a template; the newest counts, and campaigns keep the one they used."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("workspace_id", "name", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    removed: Mapped[bool]


class DraftRow(Base):
    """What somebody typed and couldn't use yet; kept for a day."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    user_id: Mapped[str]
    flow: Mapped[str]
    fields: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class ErasureRow(Base):
    """A person's erasure, or a workspace's retention, while it goes on and once it is done.

    `phone` and `names` are what is looked for; both are gone once the database is clean. `counts`
    are what was erased; `phone_key` is "" for a retention, which has no `asked_by` either.
    """

    __tablename__ = "erasures"
    __table_args__ = (_where("ix_erasures_unerased", UNERASED, "asked_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    phone_key: Mapped[str]
    phone: Mapped[str | None]
    names: Mapped[list[str]]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    run: Mapped[str]
    stage: Mapped[str]
    counts: Mapped[dict[str, Any]]
    done_at: Mapped[datetime | None]


class ErasureTaskRow(Base):
    """A message or a file of ours in Slack that an erasure takes away; `outcome`: what came of it.

    `ts` is a message's, or a file's id; `reason` is Slack's word for why it couldn't be.
    """

    __tablename__ = "erasure_tasks"
    __table_args__ = (
        UniqueConstraint("erasure_id", "channel", "ts"),
        _where("ix_erasure_tasks_left", LEFT_IN_SLACK, "erasure_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasures.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    ts: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]


class AuditRow(Base):
    """Who did what beyond the ordinary; numbers only as keyed hashes.

    `hash` is of the whole entry, `previous` that of the one before it (`storage.chain`).
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_workspace_id_subject", "workspace_id", "subject"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    deed: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(Base):
    """Where a workspace's audit log ends, and where it begins since its oldest entries went.

    `witness` is sealed: the number and the hash of the entry `witnessed`.
    """

    __tablename__ = "audit_heads"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]
    cut_seq: Mapped[int]
    cut_hash: Mapped[str]
    witness: Mapped[str | None]
    witnessed: Mapped[int]
