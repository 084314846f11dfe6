"""What browsers and devices are called, as tables. No User-Agent is read here: privacy/agent.py alone does that."""

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

TV = r"(?i)(smart|apple|google|android)[ -]?tv|tv safari|hbbtv|netcast|web0s|webos[./]tv|bravia|roku|crkey|; aft"
"""user-agents knows no televisions: names of their systems, makers and sticks (CrKey: Chromecast, AFT*: Fire TV)."""
