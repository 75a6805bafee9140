"""A story told in a browser: what is done is clicked and typed, what is read stands on the page.

Everything is found by the names and roles that somebody who can't see the page goes by.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from playwright.async_api import Locator, Page
from playwright.async_api import TimeoutError as Late

from bot.sandbox.stories.hands import Card, Deed, Modal, Unable

PRIVATE = "Only visible to you"
_OPTIONAL = r"( \(optional\))?"
"""What Slack puts behind the label of a field that may stay empty."""

_MESSAGES = """
([region, about, only]) => {
  const found = [...document.querySelectorAll(`section[aria-label="${region}"] article`)]
    .map((article) => ({
      text: article.innerText,
      buttons: [...article.querySelectorAll("button:not(.more, .dismiss, .overflow-option)")]
        .map((button) => button.innerText),
    }));
  return found.filter(({ text }) => text.includes(about)
    && (only === null || text.includes("Only visible to you") === only));
}
"""
_MODAL = """
() => {
  const dialog = [...document.querySelectorAll("dialog[open]:not([role=alertdialog])")].at(-1);
  if (!dialog) return null;
  const controls = [...dialog.querySelectorAll("input, select, textarea")]
    .filter((control) => control.labels?.length);
  const held = (control) => control.selectedOptions?.[0]?.text ?? control.value;
  const named = (control) => control.labels[0].innerText.replace("(optional)", "").trim();
  const described = (control) => (control.getAttribute("aria-describedby") ?? "").split(" ")
    .map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
  return {
    title: document.getElementById(dialog.getAttribute("aria-labelledby")).innerText,
    text: dialog.innerText,
    fields: Object.fromEntries(controls.map((each) => [named(each), held(each)])),
    errors: Object.fromEntries(
      controls.filter((each) => each.getAttribute("aria-invalid") === "true")
        .map((each) => [named(each), described(each)])),
  };
}
"""


class ByBrowser:
    """The hands of whoever sits before this page."""

    def __init__(self, page: Page, where: str = "#sales") -> None:
        self.page = page
        self.channel_name = where
        self.channel = page.get_by_role("region", name=where, exact=True)
        self.composer = page.get_by_role("textbox", name=f"Message {where}", exact=True)
        self.threads = page.get_by_role("region", name="Thread", exact=True)
        self.question = page.get_by_role("alertdialog")

    async def command(self, command: str, text: str = "") -> None:
        """Types it into the message box, with Enter at its end."""
        await self._leave_thread()
        await self.composer.fill(f"{command} {text}".strip())
        await self.composer.press("Enter")

    async def fill(self, fields: Mapping[str, str]) -> None:
        """Types into each field."""
        for label, text in fields.items():
            field = self.dialog().get_by_label(re.compile(rf"^{re.escape(label)}{_OPTIONAL}$"))
            await _within(field.fill(text), f"a field {label}")

    async def submit(self, label: str) -> None:
        """Clicks the modal's button."""
        button = self.dialog().get_by_role("button", name=label, exact=True)
        await _within(button.click(), f"the modal's button {label}")

    def dialog(self) -> Locator:
        """The modal on top."""
        return self.page.get_by_role("dialog").last

    async def click(self, about: str, button: str, *, confirm: str | None = None) -> None:
        """Clicks, and answers the question in its dialog."""
        await self._leave_thread()
        await _within(self.button(about, button).click(), f"a button {button} under “{about}”")
        if confirm is None:
            if await self.question.is_visible():
                raise Unable(f"Expected no question after {button}; there is one.")
            return
        yes = self.question.get_by_role("button", name=confirm, exact=True)
        await _within(yes.click(), f"a question that {confirm} answers")

    def button(self, about: str, name: str) -> Locator:
        """A button of the newest message about this."""
        return self.message(about).get_by_role("button", name=name, exact=True)

    def message(self, about: str) -> Locator:
        """The newest message about this that everybody sees."""
        articles = self.channel.get_by_role("article").filter(has_not_text=PRIVATE)
        return articles.filter(has_text=about).last

    async def press(self, label: str) -> None:
        """Clicks a button among the modal's fields."""
        await self.submit(label)

    async def reply(self, phone: str, body: str) -> None:
        """Types it in the panel beside the channel, or in its drawer where the window is narrow."""
        opener = self.page.get_by_role("button", name="Other end", exact=True)
        drawer = await opener.get_attribute("aria-expanded") == "false"
        if drawer:
            await self._leave_thread()
            await opener.click()
        panel = self.page.get_by_role("region", name="Other end", exact=True)
        text = panel.get_by_role("group", name=f"Text to {phone}", exact=True).first
        await _within(text.get_by_role("textbox").fill(body), f"a text to {phone}")
        await text.get_by_role("button", name="Reply", exact=True).click()
        if drawer:
            await opener.click()

    async def other_end(self, phone: str, deed: Deed) -> None:
        """Clicks in the panel beside the channel, or in its drawer where the window is narrow."""
        opener = self.page.get_by_role("button", name="Other end", exact=True)
        drawer = await opener.get_attribute("aria-expanded") == "false"
        if drawer:
            await self._leave_thread()
            await opener.click()
        await _within(self.call(phone, deed).click(), f"a call to {phone} that can {deed}")
        if drawer:
            await opener.click()

    def call(self, phone: str, deed: Deed) -> Locator:
        """What the newest call to this number may come to at its other end."""
        panel = self.page.get_by_role("region", name="Other end", exact=True)
        call = panel.get_by_role("group", name=f"Call to {phone}", exact=True).first
        return call.get_by_role("button", name=deed, exact=True)

    async def pay(self, about: str) -> None:
        """Follows the link into a window of its own, and clicks Pay there."""
        link = self.message(about).locator("a[href*='/c/pay/']")
        if not await link.count():
            await self.thread(about)
            link = self.threads.locator("a[href*='/c/pay/']")
        async with self.page.context.expect_page() as opened:
            await _within(link.last.click(), f"a link to Stripe's page in “{about}”")
        page = await opened.value
        await _within(page.get_by_role("button", name="Pay").click(), "a button that pays")
        await page.get_by_text("Paid. You may close this page.").wait_for()
        await page.close()

    async def enter(self, workspace: str, who: str) -> None:
        """By the link to the other workspace, by Who am I, and by the channel's link."""
        if await self.workspace() != workspace:
            await self.in_sidebar(f"Switch to {workspace}")
            await self.page.locator(".workspace", has_text=workspace).wait_for(state="attached")
            await self.page.wait_for_load_state()  # before that the page hears nothing
        chooser = self.page.get_by_role("combobox", name="Who am I")
        path = await chooser.locator(f"option[value*='/{who}/']").get_attribute("value")
        if await chooser.input_value() != path:
            await chooser.select_option(value=path)
            await self.page.wait_for_url(f"**{path}")
        if not await self.channel.count():
            await self.in_sidebar(self.channel_name)
            await self.channel.wait_for()
            await self.page.wait_for_load_state()

    async def workspace(self) -> str:
        """Its name, as the sidebar has it."""
        return str(await self.page.locator(".workspace").text_content())

    async def in_sidebar(self, link: str) -> None:
        """Follows a link there; in a narrow window it lies behind Menu."""
        await self._open_sidebar()
        sidebar = self.page.get_by_role("complementary", name="Workspace")
        found = sidebar.get_by_role("link", name=re.compile(rf"^{re.escape(link)}( new)?$"))
        await _within(found.click(), f"a link {link} in the sidebar")

    async def _open_sidebar(self) -> None:
        menu = self.page.get_by_role("button", name="Menu", exact=True)
        if await menu.is_visible() and await menu.get_attribute("aria-expanded") == "false":
            await menu.click()

    async def _close_sidebar(self) -> None:
        menu = self.page.get_by_role("button", name="Menu", exact=True)
        if await menu.is_visible() and await menu.get_attribute("aria-expanded") == "true":
            await menu.click()

    @contextlib.asynccontextmanager
    async def beside(self, link: str) -> AsyncIterator[Page]:
        """The window that a link of the sidebar opens, closed at the end."""
        await self._open_sidebar()
        async with self.page.context.expect_page() as opened:
            await self.in_sidebar(link)
        page = await opened.value
        try:
            yield page
        finally:
            await page.close()
            await self._close_sidebar()

    async def consent(self, page: Page) -> None:
        """On Slack's consent page: is who sits before this one."""
        chooser = self.page.get_by_role("combobox", name="Who am I")
        label = await chooser.locator("option:checked").inner_text()
        signed = f"{label.split(',')[0]}, {await self.workspace()}"
        await page.get_by_label("Signed in as").select_option(label=signed)
        await page.get_by_role("button", name="Switch", exact=True).click()
        await (
            page.get_by_role("heading", level=1)
            .filter(has_text=f"permission to access the {await self.workspace()}")
            .wait_for()
        )

    async def install(self) -> None:
        """By Add in the sidebar, Allow on Slack's page, to the bot's own."""
        async with self.beside("Add Toingg") as page:
            await self.consent(page)
            allow = page.get_by_role("button", name="Allow", exact=True)
            await _within(allow.click(), "a button Allow")
            done = page.get_by_text(f"installed in {await self.workspace()}").first
            await _within(done.wait_for(), "the bot's page to say that it is installed")
        await self.page.locator("a", has_text="Manage Toingg").wait_for(state="attached")

    async def remove(self) -> None:
        """By Manage in the sidebar, on the app's page."""
        await self._managed("Remove App", "isn't installed in")

    async def revoke(self) -> None:
        """As `remove`, but for its tokens alone."""
        await self._managed("Revoke Tokens", "its tokens are revoked")

    async def _managed(self, deed: str, says: str) -> None:
        async with self.beside("Manage Toingg") as page:
            await page.get_by_role("link", name=f"{deed} …", exact=True).click()
            await page.get_by_role("button", name=deed, exact=True).click()
            await page.get_by_role("status").filter(has_text=says).wait_for()

    async def invite(self) -> None:
        """By Slack's own command."""
        await self.command("/invite", "@toingg")
        await self.page.get_by_text("Toingg is in #sales now.").wait_for()

    async def card(self, about: str) -> Card | None:
        """As it stands on the page."""
        found = await self._messages(self.channel_name, about, only=False)
        return Card(found[-1]["text"], tuple(found[-1]["buttons"])) if found else None

    async def thread(self, about: str) -> Sequence[str]:
        """Opens it by its link, unless it is open, and reads the replies."""
        shown = await self._messages("Thread", "")
        if not shown or about not in shown[0]["text"]:
            await self._leave_thread(always=True)
            link = self.message(about).get_by_role("link", name="repl")
            if not await link.count():
                return ()
            await link.click()
            await self.threads.get_by_role("article").filter(has_text=about).first.wait_for()
            shown = await self._messages("Thread", "")
        return [each["text"] for each in shown[1:]]

    async def count(self, about: str) -> int:
        """Those in the channel's own list."""
        return len(await self._messages(self.channel_name, about, only=False))

    async def modal(self) -> Modal | None:
        """As it stands on the page."""
        found = await self.page.evaluate(_MODAL)
        return Modal(**found) if found else None

    async def whispers(self) -> Sequence[str]:
        """What the channel's list shows as only visible to this person."""
        return [each["text"] for each in await self._messages(self.channel_name, "", only=True)]

    async def _messages(
        self, region: str, about: str, *, only: bool | None = None
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.page.evaluate(_MESSAGES, [region, about, only])
        return found

    async def _leave_thread(self, *, always: bool = False) -> None:
        """In a narrow window the thread stands before the channel."""
        size = self.page.viewport_size
        narrow = size is not None and size["width"] < 1000
        if (always or narrow) and await self.threads.is_visible():
            await self.threads.get_by_role("button", name="Close thread").click()


async def _within(deed: Any, expected: str) -> None:
    """Does it; Unable where the page doesn't come to have what it takes."""
    try:
        await deed
    except Late as late:
        raise Unable(f"Expected {expected}: {late.message.splitlines()[0]}") from None
