"""What takes more than one request to ask: aged tickets, used ones, files in steps."""

from dataclasses import replace

from tests.contract.sandbox_slack_bench import (
    CARL,
    SALES,
    Answer,
    Ask,
    Bench,
)
from tests.contract.sandbox_slack_blocks import (
    button,
    field,
    view,
)


async def twice(bench: Bench) -> Answer:
    """One trigger_id for two modals."""
    trigger_id = await bench.trigger()
    await bench.call("views.open", trigger_id=trigger_id, view=view())
    return await bench.call("views.open", trigger_id=trigger_id, view=view())


def aged_trigger(seconds: float) -> Ask:
    """A trigger_id that is so old."""

    async def ask(bench: Bench) -> Answer:
        trigger_id = await bench.trigger()
        bench.clock.pass_by(seconds=seconds)
        return await bench.call("views.open", trigger_id=trigger_id, view=view())

    return ask


async def pushed_from_outside(bench: Bench) -> Answer:
    """A push with the trigger_id of a command."""
    await bench.opened()
    return await bench.call("views.push", trigger_id=await bench.trigger(), view=view())


async def pushed(bench: Bench) -> Answer:
    """A push with the trigger_id of a click in the modal."""
    return await bench.call("views.push", trigger_id=await bench.opened(), view=view())


def named_twice(first: str, second: str) -> Ask:
    """Two modals with these external_ids."""

    async def ask(bench: Bench) -> Answer:
        await bench.open(view(external_id=first))
        trigger_id = (await bench.slack.command("oscar", "#sales", "/toingg")).trigger_id
        named = view(external_id=second)
        return await bench.call("views.open", trigger_id=trigger_id, view=named)

    return ask


def updated(*, stale: bool = False, known: bool = True) -> Ask:
    """A views.update of an open modal."""

    async def ask(bench: Bench) -> Answer:
        await bench.open(view())
        now = bench.slack.views("carl")[-1]
        args = {
            "view_id": now.id if known else "V0NOWHERE1",
            "hash": "0.old" if stale else now.hash,
        }
        return await bench.call("views.update", view=view(), **args)

    return ask


def published(*, enabled: bool) -> Ask:
    """A Home tab, where the manifest has one or hasn't."""

    async def ask(bench: Bench) -> Answer:
        ws = bench.slack.workspace
        ws.manifest = replace(ws.manifest, home_tab=enabled)
        home = {"type": "home", "blocks": []}
        return await bench.call("views.publish", user_id=CARL, view=home)

    return ask


def answered(uses: int) -> Ask:
    """So many answers by one response_url; the last."""

    async def ask(bench: Bench) -> Answer:
        url = await bench.response_url()
        answers = [await bench.respond(url) for _ in range(uses)]
        return answers[-1]

    return ask


def answered_after(**span: float) -> Ask:
    """An answer by a response_url that is so old."""

    async def ask(bench: Bench) -> Answer:
        url = await bench.response_url()
        bench.clock.pass_by(**span)
        return await bench.respond(url)

    return ask


async def answered_elsewhere(bench: Bench) -> Answer:
    """An answer by an address that is almost a response_url."""
    return await bench.respond(f"{await bench.response_url()}x")


def replaced(*, gone: bool) -> Ask:
    """A click's message, replaced by its response_url."""

    async def ask(bench: Bench) -> Answer:
        await bench.post(blocks=[button(action_id="a")])
        message = bench.slack.messages(SALES)[-1]
        url = (await bench.slack.click("carl", message, "a")).response_url
        if gone:
            await bench.call("chat.delete", channel=SALES, ts=message.ts)
        return await bench.respond(url, replace_original=True)

    return ask


def replied(*, gone: bool) -> Ask:
    """A reply to a message."""

    async def ask(bench: Bench) -> Answer:
        ts = await bench.posted()
        if gone:
            await bench.call("chat.delete", channel=SALES, ts=ts)
        return await bench.post(thread_ts=ts)

    return ask


def uploaded(*, channel: str = SALES, size: int = 3, sent: bytes = b"a,b") -> Ask:
    """A file in three steps."""

    async def ask(bench: Bench) -> Answer:
        asked = await bench.client.files_getUploadURLExternal(filename="a.csv", length=size)
        if sent:
            async with bench.session.post(asked["upload_url"], data=sent) as answer:
                if answer.status != 200:
                    return Answer(await answer.text(), answer.status)
        files = [{"id": asked["file_id"], "title": "a"}]
        done = bench.client.files_completeUploadExternal(files=files, channel_id=channel)
        return await bench.answer(done)

    return ask


def looked_up(*, deleted: bool) -> Ask:
    """A file of Carl's by its id, which he may have taken back."""

    async def ask(bench: Bench) -> Answer:
        file_id = bench.slack.share("carl", "a.csv", b"a,b")["id"]
        if deleted:
            bench.slack.take_back(file_id)
        return await bench.call("files.info", file=file_id)

    return ask


async def uploaded_v2(bench: Bench) -> Answer:
    """A file for a channel by its name."""
    sent = bench.client.files_upload_v2(channel="#sales", filename="a.csv", content="a,b")
    return await bench.answer(sent)


async def unscoped(bench: Bench) -> Answer:
    """A message by a token that may only have commands."""
    bench.slack.workspace.scopes = {"commands"}
    return await bench.post()


def hurried(messages: int) -> Ask:
    """So many messages at once, at Slack's rates; the last."""

    async def ask(bench: Bench) -> Answer:
        bench.slack.limit_rates()
        bench.clock.pass_by(minutes=1)
        client = bench.client
        client.retry_handlers = []
        answers = [await bench.post() for _ in range(messages)]
        return answers[-1]

    return ask


def decided(**errors: str) -> Ask:
    """A submission that the bot answers with these errors, as its person sees it."""

    async def ask(bench: Bench) -> Answer:
        await bench.open(view(field(block_id="phone")))
        bench.answers.append({"response_action": "errors", "errors": errors})
        await bench.slack.submit("carl", bench.slack.views("carl")[-1], {"phone": "12"})
        failed = [c.data["error"] for c in bench.slack.changes if c.kind == "interaction_failed"]
        return Answer(failed[-1]) if failed else Answer()

    return ask
