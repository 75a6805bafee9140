"""The shortcodes of common emoji; one that isn't listed stays the text that it is."""

import re

EMOJI: dict[str, str] = {
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
    "wave": "👋",
    "clap": "👏",
    "raised_hands": "🙌",
    "pray": "🙏",
    "point_right": "👉",
    "point_left": "👈",
    "ok_hand": "👌",
    "muscle": "💪",
    "eyes": "👀",
    "smile": "😄",
    "smiley": "😃",
    "grinning": "😀",
    "slightly_smiling_face": "🙂",
    "wink": "😉",
    "joy": "😂",
    "thinking_face": "🤔",
    "cry": "😢",
    "heart": "❤️",
    "tada": "🎉",
    "sparkles": "✨",
    "star": "⭐",
    "fire": "🔥",
    "rocket": "🚀",
    "zap": "⚡",
    "bulb": "💡",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "ballot_box_with_check": "☑️",
    "x": "❌",
    "negative_squared_cross_mark": "❎",
    "heavy_plus_sign": "➕",  # noqa: RUF001 - the emoji is this very sign
    "question": "❓",
    "exclamation": "❗",
    "warning": "⚠️",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "octagonal_sign": "🛑",
    "rotating_light": "🚨",
    "information_source": "ℹ️",  # noqa: RUF001 - as above
    "red_circle": "🔴",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_blue_circle": "🔵",
    "white_circle": "⚪",
    "telephone_receiver": "📞",
    "phone": "☎️",
    "iphone": "📱",
    "speech_balloon": "💬",
    "envelope": "✉️",
    "email": "📧",
    "incoming_envelope": "📨",
    "bell": "🔔",
    "no_bell": "🔕",
    "mega": "📣",
    "microphone": "🎤",
    "robot_face": "🤖",
    "hourglass_flowing_sand": "⏳",
    "hourglass": "⌛",
    "stopwatch": "⏱️",
    "alarm_clock": "⏰",
    "calendar": "📆",
    "date": "📅",
    "clock1": "🕐",
    "moneybag": "💰",
    "credit_card": "💳",
    "chart_with_upwards_trend": "📈",
    "bar_chart": "📊",
    "clipboard": "📋",
    "memo": "📝",
    "pencil2": "✏️",
    "paperclip": "📎",
    "link": "🔗",
    "file_folder": "📁",
    "page_facing_up": "📄",
    "inbox_tray": "📥",
    "wastebasket": "🗑️",
    "lock": "🔒",
    "unlock": "🔓",
    "key": "🔑",
    "shield": "🛡️",
    "gear": "⚙️",
    "wrench": "🔧",
    "mag": "🔍",
    "arrow_right": "➡️",
    "arrows_counterclockwise": "🔄",
    "repeat": "🔁",
    "pause_button": "⏸️",
    "arrow_forward": "▶️",
    "busts_in_silhouette": "👥",
    "bust_in_silhouette": "👤",
    "earth_americas": "🌎",
}

_TONES = {str(n): chr(0x1F3F9 + n) for n in range(2, 7)}

PATTERN = ":(?:" + "|".join(re.escape(name) for name in sorted(EMOJI)) + "):(?::skin-tone-[2-6]:)?"
"""A shortcode of the table, with the tone of the skin where one follows."""

_SHORTCODE = re.compile(PATTERN)


def emoji_of(shortcode: str) -> str:
    """The characters for what `PATTERN` found."""
    name, _, tone = shortcode.strip(":").partition("::skin-tone-")
    return EMOJI[name] + _TONES.get(tone, "")


def with_emoji(text: str) -> str:
    """The text with the shortcodes of the table shown."""
    return _SHORTCODE.sub(lambda found: emoji_of(found[0]), text)
