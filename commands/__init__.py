"""The slash flows, a file each: their commands, modals and clicks."""

from bot.audit_log import AuditLog
from bot.campaigns import Campaigns
from bot.hooks import Hooks
from bot.payments import Payments
from bot.payments.till import Till
from bot.privacy import Privacy
from bot.recipients.optout import OptOuts
from bot.slack.people import People
from bot.slack.redraws import Redraws
from bot.slack.routes import Routes
from commands import (
    attach,
    call,
    calls,
    campaign,
    campaign_after,
    campaign_card,
    campaign_doors,
    campaign_list,
    campaign_review,
    campaign_settings,
    campaigns_shown,
    card,
    checkout,
    conversation,
    forget,
    hangup,
    home,
    notify,
    numbers,
    optout,
    optout_lists,
    script,
    settings,
    settings_secrets,
    sms,
    stop,
    text_card,
    text_list,
    text_templates,
    why,
)
from commands import help as help_
from commands.attach import AttachFlow
from commands.campaign import CampaignFlow
from commands.campaign_after import CampaignAfterFlow
from commands.campaign_card import CampaignCardFlow
from commands.campaign_doors import CampaignDoorsFlow
from commands.campaign_list import CampaignListFlow
from commands.campaign_review import CampaignReviewFlow
from commands.campaign_settings import CampaignSettingsFlow
from commands.campaigns_shown import CampaignsShown
from commands.card import CardFlow
from commands.checkout import CheckoutFlow
from commands.forget import ForgetFlow
from commands.hangup import HangUpFlow
from commands.home import HomeFlow
from commands.notify import NotifyFlow
from commands.numbers import NumbersFlow
from commands.optout import OptOutFlow
from commands.optout_lists import OptOutLists
from commands.ordering import Ordering
from commands.settings import SettingsFlow
from commands.settings_secrets import SecretsFlow, TriesKey
from commands.sms import SmsFlow
from commands.stop import StopFlow
from commands.text_card import TextCardFlow
from commands.text_list import TextListFlow
from commands.text_templates import TemplatesFlow
from commands.why import WhyFlow


def build_routes(
    lists: Campaigns,
    money: Payments,
    till: Till,
    privacy: Privacy,
    people: People,
    hooks: Hooks,
    audit_log: AuditLog,
    *,
    tries_key: TriesKey,
) -> Routes:
    """Everything that can be asked of the bot; `tries_key` asks Toingg whether a key is one."""
    routes, parts, in_force = Routes(), lists.calling, people.in_force
    source = parts.rules.source
    ordering = Ordering(
        door=parts.door,
        placer=parts.placer,
        cards=parts.cards,
        database=parts.database,
        directory=parts.directory,
        background=parts.background,
        clock=parts.clock,
        run=parts.run,
        source=source,
        default_campaign=lambda workspace_id: in_force.of(workspace_id).default_campaign,
        terms=lists.terms,
        offers_shared=bool(parts.rules.shared_channels),
    )
    call.register(routes, ordering)
    script.register(routes, ordering)
    hangup.register(
        routes,
        HangUpFlow(
            database=parts.database,
            hang_ups=parts.hang_ups,
            cards=parts.cards,
            directory=parts.directory,
            source=source,
            clock=parts.clock,
        ),
    )
    calls.register(
        routes,
        database=parts.database,
        directory=parts.directory,
        source=source,
        clock=parts.clock,
    )
    attach.register(routes, AttachFlow(ordering, parts.cards))
    card_flow = CardFlow(ordering, parts.placer, parts.cards, parts.run)
    card.register(routes, card_flow)
    opt_outs, region = OptOuts(parts.database, parts.clock), parts.rules.region
    text_card.register(routes, TextCardFlow(card_flow, opt_outs))
    conversation.register(
        routes,
        database=parts.database,
        cards=parts.cards,
        directory=parts.directory,
        accounts=parts.accounts,
        run=parts.run,
        clock=parts.clock,
    )
    numbers.register(routes, NumbersFlow(ordering, lists))
    flow = _of_campaigns(routes, lists, people, ordering)
    redraws = Redraws(parts.directory, parts.background)
    many = TextListFlow(lists, flow, redraws)
    text_list.register(routes, many)
    single = SmsFlow(ordering, redraws)
    kept = TemplatesFlow(ordering)
    text_templates.register(routes, kept)
    command = text_list.or_list(many, single.command)
    sms.register(routes, single, text_templates.or_templates(kept, command))
    shown = CampaignsShown(lists)
    campaigns_shown.register(routes, shown)
    stop.register(routes, StopFlow(shown))
    checkout.register(routes, CheckoutFlow(till))
    optout.register(routes, OptOutFlow(opt_outs, ordering, region))
    optout_lists.register(routes, OptOutLists(opt_outs, parts.directory, region))
    why.register(routes, WhyFlow(parts.database, ordering, source, region))
    forget.register(routes, ForgetFlow(privacy, ordering, region))
    notify.register(routes, NotifyFlow(money, ordering))
    changes = SettingsFlow(in_force, people, parts.directory, hooks, audit_log)
    settings.register(routes, changes)
    settings_secrets.register(routes, SecretsFlow(changes, tries_key))
    asks_for_list = CampaignFlow(lists, ordering).new
    home.register(
        routes, HomeFlow(lists.homes, lists), campaign=asks_for_list, settings=changes.command
    )
    help_.register(routes, parts.database, shown)
    return routes


def _of_campaigns(
    routes: Routes, lists: Campaigns, people: People, ordering: Ordering
) -> CampaignFlow:
    """Everything that can be asked of campaigns."""
    flow = CampaignFlow(lists, ordering)
    campaign.register(routes, flow)
    campaign_doors.register(routes, CampaignDoorsFlow(lists, flow))
    campaign_list.register(routes, CampaignListFlow(lists, ordering))
    campaign_card.register(routes, CampaignCardFlow(lists))
    campaign_after.register(routes, CampaignAfterFlow(lists, ordering))
    campaign_review.register(routes, CampaignReviewFlow(lists, ordering))
    campaign_settings.register(routes, CampaignSettingsFlow(lists, ordering, people))
    return flow
