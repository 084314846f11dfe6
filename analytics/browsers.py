"""What browsers and devices are called, as tables. No User-Agent is read here: privacy/agent.py alone does that."""

import re
from typing import NamedTuple

NAMES = {
    "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome", "Chrome Mobile WebView": "Chrome WebView", "Other": "",
    "Mobile Safari": "Safari", "Mobile Safari UI/WKWebView": "Safari WebView", "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox", "Firefox Alpha": "Firefox", "Firefox Beta": "Firefox",
    "Opera Mobile": "Opera", "Opera GX": "Opera", "Opera Touch": "Opera", "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer", "DuckDuckGo Mobile": "DuckDuckGo", "MiuiBrowser": "Mi Browser",
    "QQ Browser Mobile": "QQ Browser", "WeChat Browser": "WeChat", "NetCast Smart TV": "LG Browser",
    "Mac OS X": "macOS", "Mac OS": "macOS", "ATV OS X": "tvOS", "WatchOS": "watchOS", "Web0S": "webOS",
}  # fmt: skip
"""The parser's name -> the name people know. What is not here is called as the parser calls it."""


class Device(NamedTuple):
    """One row: marks of a kind of device, in lower case."""

    kind: str
    words: tuple[str, ...]
    """Looked for first: ten times as fast as an expression."""
    rule: re.Pattern[str] = re.compile("(?!)")


DEVICES: tuple[Device, ...] = (
    Device("Console", ("playstation", "nintendo", "xbox", "(ps3", "steam deck", "steam gamepad")),
    Device(
        "TV",
        (
            "smart tv", "smarttv", "smart-tv", "apple tv", "appletv", "google tv", "googletv", "android tv", "mitv", "hbbtv",
            "tv safari", "tv store", "tv bro/", "tvbox", "tv box", "nettv", "netcast", "netrange", "web0s", "webos/tv",
            "webos.tv", "ce-html", "bravia", " viera", "vidaa", "vizio", " tbrowser", "sonycebrowser", "roku", "crkey",
            "chromecast", "; aft", "brightsign", "; bdp", "uhd", " shell ", "ugoos", "rombica", "vontar", "beelink",
            "formuler", "zidoo", "mygica", "mecool",
        ),
        re.compile(r"(?<![a-z])(?:hd|ip)?tv[ _;)-]|; [\w ]*(?:stick|box)[ _;)]|(?<![a-z0-9])[48]k[ _;)]"
        r"|(?<![a-z])stb(?![a-z])|led[-_ ]?\d\d"
        r"|; (?:[a-z]+[-_ ])?(?:24|28|32|39|4[0-3579]|5[058]|6[05]|7[05])[a-z]{1,4}[-_]?\d{2,4}"),
    ),
    Device("Desktop", ("chromebook", "pixelbook"), re.compile(r"(?:x11|wayland);(?!.*(?:mobile|android))")),
    Device("Tablet", ("; tablet;", "ipad")),
    Device("Mobile", (), re.compile(r"^(?:dalvik|ucweb)/|android.* mobile\b|; wv\).*chrome/[\d.]+$")),
)  # fmt: skip
"""Kinds that user-agents does not know or takes for another; the first row that fits decides. Television sets: their
systems, makers, sticks (CrKey: Chromecast, AFT*: Fire TV) and boxes, and models that begin with the inches. Phones that run
apps do not always say so; who says Mobile on Android is one."""

PEOPLES = re.compile(
    r"(?<=android )[\d.]+;[^()]{1,80}(?=\) applewebkit/)|sogou(?:mse|mobilebrowser|searchapp)|\.catcher\d"
    r"|(?:webos|ce-html)/1\.0;|google (?:tv|earth)"
)
"""Parts of people's User-Agents that isbot takes for a robot's name, and that are not looked at: models of phones (XBot,
Discovery, Radar, Spider 8), a browser of Sogou's, television sets."""

PERSON = re.compile(r"pr\(ucbrowser/")
"""UC Browser's short form, which isbot takes for a program."""
