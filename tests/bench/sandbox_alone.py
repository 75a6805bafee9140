"""The stand-ins and the page as a process of their own, without a bot: prints where they are."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.sandbox.page import Page
from bot.sandbox.slack.sandbox import SlackSandbox
from bot.sandbox.stripe import StripeSandbox
from bot.sandbox.toingg import ToinggSandbox


def main() -> None:
    """Serves until it is ended."""
    slack, toingg, stripe = SlackSandbox(), ToinggSandbox(), StripeSandbox()
    page = Page(slack, toingg, stripe=stripe)
    with slack.serve(), toingg.serve(), stripe.serve(), page.serve() as serving:
        at = {"page": serving.url, "api": slack.api_url, "token": slack.workspace.bot_token}
        print(json.dumps(at), flush=True)
        while True:
            time.sleep(60)


main()
