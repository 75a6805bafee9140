"""The scopes that an app may ask for as a bot, and what Slack's consent page says of each.

Names and words after docs.slack.dev/reference/scopes; those that this stand-in's Web API knows of,
and a few more. `{app}` stands for the app's name.
"""

VIEWS: dict[str, str] = {
    "channels:history": "View messages and other content in public channels that {app} is in",
    "channels:read": "View basic information about public channels in the workspace",
    "files:read": "View files shared in channels and conversations that {app} is in",
    "groups:history": "View messages and other content in private channels that {app} is in",
    "groups:read": "View basic information about private channels that {app} is in",
    "im:history": "View messages and other content in direct messages with {app}",
    "im:read": "View basic information about direct messages with {app}",
    "mpim:history": "View messages and other content in group direct messages with {app}",
    "mpim:read": "View basic information about group direct messages with {app}",
    "reactions:read": "View emoji reactions in conversations that {app} is in",
    "team:read": "View the name, email domain and icon of the workspace",
    "usergroups:read": "View user groups in the workspace",
    "users:read": "View people in the workspace",
    "users:read.email": "View email addresses of people in the workspace",
}
DEEDS: dict[str, str] = {
    "channels:join": "Join public channels in the workspace",
    "chat:write": "Send messages as {app}",
    "chat:write.public": "Send messages to channels that {app} isn't a member of",
    "commands": "Add shortcuts and slash commands that people can use",
    "files:write": "Upload, edit and delete files as {app}",
    "im:write": "Start direct messages with people",
    "mpim:write": "Start group direct messages with people",
    "reactions:write": "Add and edit emoji reactions",
}
KNOWN = VIEWS.keys() | DEEDS.keys()


def words(scope: str, app: str) -> str:
    """What it allows, in words; the scope itself where it isn't known."""
    return (VIEWS | DEEDS).get(scope, scope).format(app=app)


def split(text: str) -> tuple[str, ...]:
    """The scopes in a `scope` parameter: between commas or spaces, each once."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))
