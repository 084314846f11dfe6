"""What is made of a User-Agent: exact facts for real ones, robots told from people, and nothing of its text kept."""

import copy
import pickle
from hashlib import blake2b
from pathlib import Path

import pytest

from analytics import resources
from analytics.errors import ConfigError
from analytics.privacy import agent as agent_module
from analytics.privacy.agent import LONGEST, Agent, Agents, Facts

PEOPLE = [
    ("windows_chrome",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/126.0.0.0 Safari/537.36",
     Facts("Chrome", "126", "Windows", "10", "Desktop")),
    ("mac_safari",
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/17.5 Safari/605.1.15",
     Facts("Safari", "17", "macOS", "10", "Desktop")),
    ("windows_firefox",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
     Facts("Firefox", "127", "Windows", "10", "Desktop")),
    ("edge",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
     Facts("Edge", "126", "Windows", "10", "Desktop")),
    ("opera",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0",
     Facts("Opera", "110", "Windows", "10", "Desktop")),
    ("linux_chrome",
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Safari/537.36",
     Facts("Chrome", "126", "Linux", "", "Desktop")),
    ("ubuntu_firefox",
     "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
     Facts("Firefox", "126", "Ubuntu", "", "Desktop")),
    ("chromebook",
     "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/125.0.0.0 Safari/537.36",
     Facts("Chrome", "125", "Chrome OS", "", "Desktop")),
    ("android_phone_and_brave",
     "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Mobile Safari/537.36",
     Facts("Chrome", "126", "Android", "10", "Mobile")),
    ("android_tablet",
     "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 Safari/537.36",
     Facts("Chrome", "124", "Android", "13", "Tablet")),
    ("iphone",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
     Facts("Safari", "17", "iOS", "17", "Mobile")),
    ("chrome_on_iphone",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
     Facts("Chrome", "126", "iOS", "17", "Mobile")),
    ("ipad",
     "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/16.6 Mobile/15E148 Safari/604.1",
     Facts("Safari", "16", "iOS", "16", "Tablet")),
    ("chrome_on_ipad",
     "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
     Facts("Chrome", "126", "iOS", "16", "Tablet")),
    ("firefox_on_android",
     "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
     Facts("Firefox", "127", "Android", "14", "Mobile")),
    ("firefox_on_android_tablet",
     "Mozilla/5.0 (Android 13; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0",
     Facts("Firefox", "127", "Android", "13", "Tablet")),
    ("firefox_on_iphone",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
     Facts("Firefox", "127", "iOS", "17", "Mobile")),
    ("samsung_internet",
     "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
     "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
     Facts("Samsung Internet", "25", "Android", "14", "Mobile")),
    ("edge_on_android",
     "Mozilla/5.0 (Linux; Android 10; EdgA) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Mobile Safari/537.36 EdgA/126.0.0.0",
     Facts("Edge", "126", "Android", "10", "Mobile")),
    ("opera_on_android",
     "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Mobile Safari/537.36 OPR/82.0.0.0",
     Facts("Opera", "82", "Android", "10", "Mobile")),
    ("opera_mini",
     "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
     Facts("Opera Mini", "36", "Android", "", "Mobile")),
    ("instagram_in_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Mobile/15E148 Instagram 334.0.0.34.112 (iPhone14,5; iOS 17_5; en_GB; en; scale=3.00; "
     "1170x2532; 607520132)",
     Facts("Instagram", "334", "iOS", "17", "Mobile")),
    ("facebook_in_app_ios",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Mobile/21F79 "
     "[FBAN/FBIOS;FBAV/466.0.0.39.109;FBBV/602345678;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5;F"
     "BSS/3;FBID/phone;FBLC/en_GB;FBOP/5;FBRV/0]",
     Facts("Facebook", "466", "iOS", "17", "Mobile")),
    ("facebook_in_app_android",
     "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 "
     "[FB_IAB/FB4A;FBAV/466.1.0.56.82;]",
     Facts("Facebook", "466", "Android", "14", "Mobile")),
    ("tiktok_in_app",
     "Mozilla/5.0 (Linux; Android 13; CPH2211 Build/TP1A.220905.001; wv) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 musical_ly_2023405030 "
     "JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/34.5.3 ByteLocale/en",
     Facts("TikTok", "34", "Android", "13", "Mobile")),
    ("linkedin_in_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Mobile/15E148 LinkedInApp/9.1.500",
     Facts("Safari WebView", "", "iOS", "17", "Mobile")),
    ("line_in_app",
     "Mozilla/5.0 (Linux; Android 12; SM-A125F Build/SP1A.210812.016; wv) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/124.0.6367.179 Mobile Safari/537.36 Line/14.7.1/IAB",
     Facts("LINE", "14", "Android", "12", "Mobile")),
    ("google_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) GSA/318.0.635284477 Mobile/15E148 Safari/604.1",
     Facts("Google", "318", "iOS", "17", "Mobile")),
    ("cubot_old_browser",
     "Mozilla/5.0 (Linux; U; Android 13; en-us; CUBOT_P60 Build/TP1A) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Mobile Safari/537.36",
     Facts("Android", "13", "Android", "13", "Mobile")),
    ("cubot_phone",
     "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/120.0.0.0 Mobile Safari/537.36",
     Facts("Chrome", "120", "Android", "11", "Mobile")),
    ("old_safari",
     "Mozilla/5.0 (Macintosh; U; PPC Mac OS X 10_5_8; en-us) AppleWebKit/533.21.1 (KHTML, like "
     "Gecko) Version/5.0.5 Safari/533.21.1",
     Facts("Safari", "5", "macOS", "10", "Desktop")),
    ("samsung_tv",
     "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) "
     "85.0.4183.93/6.5 TV Safari/537.36",
     Facts("Safari", "", "Tizen", "6", "TV")),
    ("lg_tv",
     "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 "
     "Safari/537.36 WebAppManager",
     Facts("Chrome", "94", "webOS", "", "TV")),
    ("sony_tv",
     "Mozilla/5.0 (Linux; Android 10; BRAVIA 4K VH2 Build/QTG3.200305.006.S292) AppleWebKit/537.36 "
     "(KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
     Facts("Chrome", "124", "Android", "10", "TV")),
    ("fire_tv",
     "Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36 (KHTML, like Gecko) Silk/124.5.1 like "
     "Chrome/124.0.6367.207 Safari/537.36",
     Facts("Amazon Silk", "124", "Android", "9", "TV")),
    ("chromecast",
     "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 "
     "Safari/537.36 CrKey/1.56.500000",
     Facts("Chrome", "90", "Chromecast Linux", "1", "TV")),
    ("xiaomi",
     "Mozilla/5.0 (Linux; U; Android 13; en-us; Redmi Note 12 Build/TKQ1) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.4.0-g",
     Facts("Mi Browser", "14", "Android", "13", "Mobile")),
    ("uc_browser",
     "Mozilla/5.0 (Linux; U; Android 12; en-US; V2043 Build/SP1A) AppleWebKit/537.36 (KHTML, like "
     "Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.6.2.1316 Mobile Safari/537.36",
     Facts("UC Browser", "13", "Android", "12", "Mobile")),
    ("feature_phone",
     "Mozilla/5.0 (Mobile; Nokia 2720; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2.2",
     Facts("Firefox", "48", "KaiOS", "2", "Mobile")),
    ("internet_explorer",
     "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
     Facts("Internet Explorer", "11", "Windows", "7", "Desktop")),
    ("fire_tablet",
     "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/124.5.1 "
     "like Chrome/124.0.6367.207 Safari/537.36",
     Facts("Amazon Silk", "124", "Android", "9", "Tablet")),
    ("duckduckgo_mac",
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/17.5 Safari/605.1.15 Ddg/17.5",
     Facts("DuckDuckGo", "17", "macOS", "10", "Desktop")),
    ("vivaldi",
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Safari/537.36 Vivaldi/6.7.3329.41",
     Facts("Vivaldi", "6", "Linux", "", "Desktop")),
    ("huawei",
     "Mozilla/5.0 (Linux; Android 13; YAL-L21) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/114.0.0.0 HuaweiBrowser/14.0.4.300 Mobile Safari/537.36",
     Facts("Huawei Browser", "14", "Android", "13", "Mobile")),
    ("playstation",
     "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/15.4 Safari/605.1.15",
     Facts("Safari", "15", "", "", "")),
]  # fmt: skip

ROBOTS = [
    ("headless_chrome",
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "HeadlessChrome/126.0.0.0 Safari/537.36",
     "HeadlessChrome", "Headless browser"),
    ("petalbot",
     "Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
     "PetalBot", "Search engine"),
    ("gptbot",
     "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
     "+https://openai.com/gptbot)",
     "GPTBot", "AI crawler"),
    ("googlebot_as_phone",
     "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
     "Gecko) Chrome/125.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
     "+http://www.google.com/bot.html)",
     "Googlebot", "Search engine"),
    ("curl",
     "curl/8.5.0",
     "curl", "Library"),
    ("python_requests",
     "python-requests/2.32.3",
     "python-requests", "Library"),
    ("go",
     "Go-http-client/2.0",
     "Go-http-client", "Library"),
    ("bare_mozilla",
     "Mozilla/5.0",
     "looks like a robot", "Other"),
    ("bingbot",
     "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
     "Bingbot", "Search engine"),
    ("facebook_preview",
     "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
     "Facebook preview", "Link preview"),
    ("claudebot",
     "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
     "ClaudeBot", "AI crawler"),
    ("whatsapp_preview",
     "WhatsApp/2.23.20.0",
     "WhatsApp", "Link preview"),
    ("unknown_program",
     "canary-7f3a9 (secret stuff) unique/77",
     "looks like a robot", "Other"),
    ("nothing", "", "no User-Agent", "Other"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "facts"), [row[1:] for row in PEOPLE], ids=[row[0] for row in PEOPLE])
def test_t20_people_are_people_with_the_names_they_know(agents: Agents, text: str, facts: Facts) -> None:
    """In-app browsers, televisions, Opera Mini, old Safari and phones named Cubot are no robots."""
    assert agents.facts(Agent(text)) == facts


@pytest.mark.parametrize(("text", "name", "group"), [row[1:] for row in ROBOTS], ids=[row[0] for row in ROBOTS])
def test_t20_robots_are_robots(agents: Agents, text: str, name: str, group: str) -> None:
    """With their name and group where they are known; who sends no User-Agent is one too."""
    facts = agents.facts(Agent(text))
    assert (facts.bot, facts.bot_group) == (name, group)


@pytest.mark.parametrize(
    "text",
    ["JaneDoeApp-iPhone/1234567 CFNetwork/1.0", "MarkedAgent-7f3a9/4711", "Mozilla/5.0 (X11; MarkedOS 4711) Marked/99999.1",
     "Marked7f3a9Bot/2.1 crawler", "Mozilla/5.0 (iPhone; CPU iPhone OS 4711_1) Version/471147 Safari/1"],
)  # fmt: skip
def test_no_part_of_the_text_becomes_a_fact(agents: Agents, text: str) -> None:
    """The parser copies some names and versions out of the text; a made-up one must not come through."""
    facts = agents.facts(Agent(text))
    for fact in (facts.browser, facts.browser_version, facts.os, facts.os_version, facts.device, facts.bot):
        assert not any(mark in fact for mark in ("JaneDoe", "Marked", "7f3a9", "4711", "9999"))


def test_the_end_of_an_endless_user_agent_is_not_read(agents: Agents) -> None:
    """Two that differ after 512 characters only are the same."""
    assert agents.facts(Agent("x" * LONGEST + "Firefox/127.0")) == agents.facts(Agent("x" * LONGEST))
    assert _digest(Agent("x" * LONGEST + "a")) == _digest(Agent("x" * LONGEST + "b"))
    assert _digest(Agent("a")) != _digest(Agent("b"))
    assert _digest(Agent("\udc80")) != _digest(Agent(""))


def _digest(agent: Agent) -> bytes:
    hasher = blake2b()
    agent.digest_into(hasher)
    return hasher.digest()


def test_an_agent_shows_nothing_and_goes_nowhere() -> None:
    """Not in a traceback, not into a file, not into a copy."""
    agent = Agent("MarkedAgent/1.0")
    assert (repr(agent), str(agent), f"{agent}") == ("<Agent>",) * 3
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(agent)


def test_facts_are_remembered_under_a_hash_that_only_this_process_can_make() -> None:
    """No text is a key of the memory, and another process, or a plain hash, gives other keys."""
    text = "MarkedAgent/1.0 (X11; Linux x86_64)"
    one, two = Agents(["bot"]), Agents(["bot"])
    assert one.facts(Agent(text)) is one.facts(Agent(text))
    assert one.facts(Agent(text)) == two.facts(Agent(text))
    names = [name for memory in (one, two) for name in memory._known]
    assert len(set(names)) == 2
    assert all(isinstance(name, bytes) and len(name) == 16 for name in names)
    assert blake2b(text.encode(), digest_size=16).digest() not in names


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up User-Agents without end do not fill the memory, and answers stay right."""
    monkeypatch.setattr(agent_module, "REMEMBERED", 3)
    small = Agents(["bot"])
    answers = [small.facts(Agent(f"Mozilla/5.0 Firefox/{number}.0")).browser_version for number in range(100, 110)]
    assert answers == [str(number) for number in range(100, 110)]
    assert len(small._known) <= 3


def test_every_pattern_of_the_list_is_understood() -> None:
    """JavaScript's ways of writing that Python does not know are translated, none is left out."""
    rules = Agents([r"(?<! channel/|google/)google(?!wv)", r"^x[\w\d-.]+$", "spi der", "bot"])
    sent = ["a google b", "Foo Channel/google", "Google/googlewv", "x1-.2", "y1-.2", "a SPI DER", "robot"]
    assert [bool(rules.facts(Agent(text)).bot) for text in sent] == [True, False, True, True, False, True, True]


@pytest.mark.parametrize("content", [None, "not JSON", '{"a": 1}'])
def test_without_the_list_of_robots_nothing_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None) -> None:
    """Counting robots as people in silence would be worse; the error says what to do."""
    if content is not None:
        (tmp_path / "bots.json").write_text(content)
    monkeypatch.setattr(agent_module, "folder", lambda _name: tmp_path)
    with pytest.raises(ConfigError, match="make build"):
        Agents()


def test_the_list_of_the_build_is_whole() -> None:
    """isbot has some two hundred patterns; a list cut short would let robots in."""
    assert (resources.folder("built") / "bots.json").read_text().count('"') > 300
