"""The local Stripe's checkout page: what it shows, what its buttons do, who may press them."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from bot.sandbox.stripe import Refused, StripeSandbox
from tests.chromium import needed

HOSTILE = '<script>alert("1")</script>&\'"'


@pytest.fixture
def stripe() -> Iterator[StripeSandbox]:
    """An account, served."""
    sandbox = StripeSandbox()
    with sandbox.serve():
        yield sandbox


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one these tests are skipped, or fail where they must not be."""
    executable = needed()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone's page, 390 pixels wide, in each scheme; anything off this machine is an error."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=request.param
    )
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda it: asked.append(it.url))
    page.on("console", lambda it: said.append(it.text))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []
    assert said == []


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(response: httpx.Response) -> list[tuple[str, dict[str, str | None]]]:
    """Every tag of a page with its attributes."""
    parser = _Tags()
    parser.feed(response.text)
    return parser.tags


def press(url: str, choice: str, **headers: str) -> httpx.Response:
    """A button's POST."""
    return httpx.post(url, data={"choice": choice}, headers=headers)


def test_pay_decline_and_back(stripe: StripeSandbox) -> None:
    """Back changes nothing, Decline is a failed try, Pay pays; each leads back to the page."""
    session = stripe.open(2000)
    back = press(session.url, "back")
    assert (back.status_code, back.headers["location"]) == (303, f"/c/pay/{session.id}?back=1")
    assert "You went back." in httpx.get(f"{session.url}?back=1").text
    assert stripe.events == []
    assert press(session.url, "decline").status_code == 303
    assert "Your card was declined." in httpx.get(session.url).text
    assert stripe.events[-1].type == "payment_intent.payment_failed"
    assert press(session.url, "pay").headers["location"] == f"/c/pay/{session.id}"
    assert "Paid." in httpx.get(session.url).text
    assert stripe.session(session.id).payment_status == "paid"


def test_a_session_that_is_over_says_so(stripe: StripeSandbox) -> None:
    """Paid in another tab, expired, on its way, nothing to pay: no buttons, no second payment."""
    sessions = {
        word: stripe.open(amount)
        for word, amount in (("Paid", 1), ("expired", 1), ("on its way", 1), ("nothing to pay", 0))
    }
    stripe.pay(sessions["Paid"].id)
    stripe.expire(sessions["expired"].id)
    stripe.pay(sessions["on its way"].id, delayed=True)
    stripe.pay(sessions["nothing to pay"].id)
    count = len(stripe.events)
    for word, session in sessions.items():
        shown = httpx.get(session.url)
        assert word in shown.text
        assert "button" not in [tag for tag, _ in tags(shown)]
        again = press(session.url, "pay")
        assert again.status_code == 400
        assert word in again.text
    assert len(stripe.events) == count


@pytest.mark.parametrize(
    ("currency", "shown"),
    [("usd", "20.50 USD"), ("jpy", "2050 JPY"), ("kwd", "2.050 KWD"), ("isk", "20.50 ISK")],
)
def test_an_amount_in_words(stripe: StripeSandbox, currency: str, shown: str) -> None:
    """By Stripe's own exponents."""
    assert f">{shown}<" in httpx.get(stripe.open(2050, currency).url).text


def test_foreign_text_stays_text(stripe: StripeSandbox) -> None:
    """Whatever a session holds is escaped, in text and in attributes."""
    session = stripe.open(
        2000,
        name=HOSTILE,
        customer_email=HOSTILE,
        cancel_url=f"https://shop.example/?{HOSTILE}",
        success_url=f"https://shop.example/?{HOSTILE}&id={{CHECKOUT_SESSION_ID}}",
    )
    opened = httpx.get(f"{session.url}?back=1")
    stripe.pay(session.id)
    paid = httpx.get(session.url)
    for shown in (opened, paid):
        assert "<script" not in shown.text
        assert HOSTILE in unescape(shown.text)
        assert not any(name.startswith("on") for _, attrs in tags(shown) for name in attrs)
    (link,) = [attrs for tag, attrs in tags(paid) if tag == "a"]
    assert link["href"] == f"https://shop.example/?{HOSTILE}&id={session.id}"
    assert link["rel"] == "noreferrer"


def test_an_address_that_is_no_web_page_is_refused(stripe: StripeSandbox) -> None:
    """A session by hand takes http and https only, as one by the API does."""
    for bad in ("javascript:alert(1)", "data:text/html,x", "//evil.example"):
        with pytest.raises(Refused, match="Not a valid URL"):
            stripe.open(2000, success_url=bad)
        with pytest.raises(Refused, match="Not a valid URL"):
            stripe.open(2000, cancel_url=bad)


def test_nothing_is_fetched_from_elsewhere(stripe: StripeSandbox) -> None:
    """The page names addresses of its own only, and forbids all others."""
    shown = httpx.get(stripe.open(2000).url)
    policy = shown.headers["content-security-policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert shown.headers["referrer-policy"] == "same-origin"
    assert shown.headers["cache-control"] == "no-store"
    named = [attrs.get("src") or attrs.get("href") for _, attrs in tags(shown)]
    assert [it for it in named if it] == ["data:,", "/c/style.css"]
    style = httpx.get(f"{stripe.url}/c/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert not re.search(r"url\(|@import", style.text)


def test_who_may_press(stripe: StripeSandbox) -> None:
    """Another site's form, or another name for this port, pays nothing."""
    session = stripe.open(2000)
    for headers, status in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 400),
    ):
        assert press(session.url, "pay", **headers).status_code == status
    assert httpx.get(session.url, headers={"Host": "evil.example"}).status_code == 400
    assert press(session.url, "steal").status_code == 400
    assert httpx.post(session.url).status_code == 400
    unknown = f"{stripe.url}/c/pay/cs_test_x"
    assert (httpx.get(unknown).status_code, press(unknown, "pay").status_code) == (404, 404)
    assert stripe.events == []
    assert press(session.url, "pay", Origin=stripe.url).status_code == 303


def _is_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_in_a_browser_at_390_pixels(stripe: StripeSandbox, page: Page) -> None:
    """Open, back, declined, paid: each state is accessible, nothing is cut off, buttons work."""
    session = stripe.open(
        123_456_789,
        name="W" * 80,
        customer_email="x" * 60 + "@example.com",
        cancel_url="https://shop.example/",
    )
    page.goto(session.url)
    _is_accessible(page)
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.get_by_role("button", name="Back").click()
    assert "went back" in page.get_by_role("status").inner_text()
    _is_accessible(page)
    page.get_by_role("button", name="Decline the card").click()
    assert "declined" in page.get_by_role("alert").inner_text()
    _is_accessible(page)
    page.get_by_role("button", name=re.compile("^Pay ")).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Paid.").wait_for()
    _is_accessible(page)
    assert stripe.session(session.id).payment_status == "paid"
