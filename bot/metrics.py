"""What is counted; labels are words of closed sets, never a number, a name or a key."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()

ACTIONS = Counter(
    "toingg_actions", "What the log speaks of, by its action.", ["action"], registry=REGISTRY
)
ANSWERS = Histogram(
    "toingg_answer_seconds",
    "From Slack's request to the bot's answer.",
    ["kind"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 3),
    registry=REGISTRY,
)


def exposition() -> bytes:
    """Prometheus's text format."""
    return generate_latest(REGISTRY)
