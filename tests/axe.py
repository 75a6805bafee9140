"""axe-core, asked of a page as it stands."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page


async def sound(page: Page, where: str, faults: list[str]) -> None:
    """Adds what axe-core has against the page."""
    results = await Axe().run(page)
    faults += [
        f"{where}: {each['id']}: {each['help']}: {[node['target'] for node in each['nodes']]}"
        for each in results.response["violations"]
    ]
