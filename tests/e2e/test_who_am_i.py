"""Several people before the same channel, each with their own page."""

from playwright.async_api import Browser, Page

from bot.sandbox.stories.orders import JANE, JOHN
from tests.by_browser import PRIVATE, ByBrowser
from tests.chromium import window
from tests.town import Town

QUICK = f"{JOHN.written} | {JOHN.name} | Spring Sale"


async def become(page: Page, who: str) -> ByBrowser:
    """Chooses somebody under Who am I."""
    chooser = page.get_by_role("combobox", name="Who am I")
    option = chooser.locator("option", has_text=who)
    await chooser.select_option(label=await option.inner_text())
    await page.wait_for_url(f"**/{who.split(maxsplit=1)[0].lower()}/sales")
    return ByBrowser(page)


async def whispered(hands: ByBrowser, words: str) -> None:
    """Something is said to this person alone."""
    private = hands.channel.get_by_role("article").filter(has_text=PRIVATE)
    await private.filter(has_text=words).wait_for()


async def test_who_may_not_is_told_so(built: Town, browser: Browser) -> None:
    """A guest can't call, another caller can't hang up; both are told, and Toingg hears nothing."""
    async with window(browser) as opened:
        page = opened.page
        await page.goto(built.url())
        carl = ByBrowser(page)
        await carl.command("/toingg-call", QUICK)
        await carl.button(JOHN.card, "Hang Up").wait_for()

        guest = await become(page, "Gus Guest")
        await guest.command("/toingg-call", f"{JANE.written} | {JANE.name} | Spring Sale")
        await whispered(guest, "Your role doesn't cover this")

        oscar = await become(page, "Oscar Operator")
        await oscar.click(JOHN.card, "Hang Up", confirm="Hang Up")
        await whispered(oscar, "Only whoever asked for this call, an operator or an owner")
        assert built.toingg.posts("/api/hang_up_call/") == []
        assert [each.phone for each in built.toingg.calls.values()] == [JOHN.phone]

        olivia = await become(page, "Olivia Owner")
        await olivia.click(JOHN.card, "Hang Up", confirm="Hang Up")
        await olivia.message(JOHN.card).filter(has_text="Hung up by").wait_for()
        assert len(built.toingg.posts("/api/hang_up_call/")) == 1


async def test_the_roles_are_what_the_bot_takes_them_for(built: Town, browser: Browser) -> None:
    """Who am I says owner, caller or nobody, and not what only names promise."""
    async with window(browser) as opened:
        await opened.page.goto(built.url())
        options = opened.page.get_by_role("combobox", name="Who am I").locator("option")
        labels = await options.all_inner_texts()
    assert {label.split(", ")[0]: label.split(", ")[1] for label in labels} == {
        "Olivia Owner": "owner",
        "Oscar Operator": "caller",
        "Carl Caller": "caller",
        "Fiona Finance": "caller",
        "Vera Viewer": "caller",
        "Gus Guest": "nobody",
        "Ext Elsewhere": "nobody",
    }


async def test_a_whisper_is_for_one(built: Town, browser: Browser) -> None:
    """Two have the channel open at once: the card comes to both, the whisper to who asked."""
    async with window(browser) as one, window(browser) as other:
        await one.page.goto(built.url("carl"))
        await other.page.goto(built.url("vera"))
        carl, vera = ByBrowser(one.page), ByBrowser(other.page)
        await carl.command("/toingg-call", QUICK)
        await whispered(carl, "Calling John Doe")
        await vera.message(JOHN.card).wait_for()
        await other.page.reload()
        await vera.message(JOHN.card).wait_for()
        assert await vera.whispers() == []
        assert "John Doe" not in await other.page.inner_text("main")
