"""One call, from the slash command to the hang-up."""

from tests.stage import JOHN, QUICK, Stage, buttons_of, text_of


async def test_a_quick_command_calls_once_and_hangs_up_once(stage: Stage) -> None:
    """Given a signed command twice at once and again after a restart: one call, one hang-up."""
    async with stage.bot():
        first, second = await stage.slack.command("carl", "sales", "/toingg-call", QUICK, copies=2)
        assert (first.status, second.status) == (200, 200)
        card = await stage.card("Answered")
        assert buttons_of(card) == ["Hang Up"]
        assert JOHN not in text_of(card)
        assert "John" not in text_of(card)
        click = await stage.slack.click("carl", card, "call.hang_up")
        await stage.card("Hung up by")
        assert first.request is not None
        assert click.request is not None
        await stage.slack.resend(click.request, copies=2)
        await stage.until(lambda: "Hung up by" in stage.thread(card))
    async with stage.bot():
        await stage.slack.resend(first.request)
        await stage.slack.resend(click.request)
    assert stage.dials() == [{"campaign": "Spring Sale", "name": "John Doe", "phoneNumber": JOHN}]
    request = stage.toingg.posts("/api/make_toingg/")[0]
    assert request.query == {"apiKey": "toingg-test-key"}
    assert stage.hang_ups() == list(stage.toingg.calls)
    assert len(stage.cards()) == 1
