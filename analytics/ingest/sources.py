"""Where visits come from: the table of sources, which maps hosts to names and names to kinds, and the lookup in it.

A source is a name that people know ("Google"), or the referrer's host if there is none. To teach Footfall a source, add a
row; an owner's own rows take precedence over these. channels.py decides what follows from a source's kind.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from publicsuffixlist import PublicSuffixList

from analytics.ingest import channels
from analytics.site import OwnSource
from analytics.site import SourceKind as Kind


class Source(NamedTuple):
    """One row: a name, its kind, its hosts, and the campaign tags that mean it.

    ``google.*`` stands for every public suffix (google.com, google.co.uk). A host includes its subdomains, unless one of
    them has a row of its own. Android apps are written as reversed names, as in ``android-app://`` referrers.
    """

    name: str
    kind: Kind
    hosts: str
    tags: str = ""
    ads: str = ""
    """Tags that name its advertisements."""


SOURCES: tuple[Source, ...] = (
    # --- search engines
    Source("Google", Kind.SEARCH, "google.* googlesyndication.com googleadservices.com doubleclick.net "
           "com.google.android.googlequicksearchbox com.google.android.googlequicksearchbox.https",
           ads="adwords googleads google_ads google-ads gads"),
    Source("Google News", Kind.SEARCH, "news.google.* com.google.android.apps.magazines"),
    Source("Google Images", Kind.SEARCH, "images.google.*"),
    Source("Google Maps", Kind.SEARCH, "maps.google.* com.google.android.apps.maps"),
    Source("Bing", Kind.SEARCH, "bing.com cn.bing.com ntp.msn.com com.microsoft.bing",
           ads="bingads bing_ads bing-ads microsoft_ads microsoft-ads"),
    Source("MSN", Kind.SEARCH, "msn.com"),
    Source("DuckDuckGo", Kind.SEARCH, "duckduckgo.com com.duckduckgo.mobile.android", "ddg"),
    Source("Yahoo!", Kind.SEARCH, "yahoo.*", "yahoo"),
    Source("Yandex", Kind.SEARCH, "yandex.* ya.ru ru.yandex.searchplugin"),
    Source("Baidu", Kind.SEARCH, "baidu.com"),
    Source("Ecosia", Kind.SEARCH, "ecosia.org com.ecosia.android"),
    Source("Brave", Kind.SEARCH, "search.brave.com", "brave_search"),
    Source("Qwant", Kind.SEARCH, "qwant.com"),
    Source("Startpage", Kind.SEARCH, "startpage.com"),
    Source("Kagi", Kind.SEARCH, "kagi.com"),
    Source("Mojeek", Kind.SEARCH, "mojeek.com mojeek.co.uk"),
    Source("Marginalia", Kind.SEARCH, "search.marginalia.nu marginalia-search.com"),
    Source("Swisscows", Kind.SEARCH, "swisscows.com swisscows.ch"),
    Source("MetaGer", Kind.SEARCH, "metager.org metager.de"),
    Source("Ask", Kind.SEARCH, "ask.com search.ask.com"),
    Source("AOL", Kind.SEARCH, "search.aol.* aol.com"),
    Source("Naver Blog", Kind.SOCIAL, "blog.naver.com m.blog.naver.com cafe.naver.com m.cafe.naver.com"),
    Source("Naver", Kind.SEARCH, "search.naver.com naver.com"),
    Source("Daum", Kind.SEARCH, "daum.net search.daum.net"),
    Source("Seznam", Kind.SEARCH, "seznam.cz search.seznam.cz"),
    Source("Sogou", Kind.SEARCH, "sogou.com"),
    Source("360 Search", Kind.SEARCH, "so.com"),
    Source("Petal Search", Kind.SEARCH, "petalsearch.com"),
    Source("Coc Coc", Kind.SEARCH, "coccoc.com"),
    Source("Rambler", Kind.SEARCH, "nova.rambler.ru rambler.ru"),
    Source("Mail.ru Search", Kind.SEARCH, "go.mail.ru"),
    Source("Dogpile", Kind.SEARCH, "dogpile.com"),
    Source("Lycos", Kind.SEARCH, "search.lycos.com"),
    Source("Presearch", Kind.SEARCH, "presearch.com presearch.org"),
    Source("You.com", Kind.SEARCH, "you.com"),
    Source("T-Online", Kind.SEARCH, "suche.t-online.de"),
    Source("Web.de Suche", Kind.SEARCH, "suche.web.de"),
    Source("GMX Suche", Kind.SEARCH, "suche.gmx.net suche.gmx.at"),
    # --- AI assistants
    Source("ChatGPT", Kind.AI, "chatgpt.com chat.openai.com openai.com com.openai.chatgpt", "openai"),
    Source("Claude", Kind.AI, "claude.ai claude.com com.anthropic.claude", "anthropic"),
    Source("Gemini", Kind.AI, "gemini.google.com bard.google.com com.google.android.apps.bard"),
    Source("Google AI Studio", Kind.AI, "aistudio.google.com"),
    Source("NotebookLM", Kind.AI, "notebooklm.google.com"),
    Source("Copilot", Kind.AI, "copilot.microsoft.com copilot.cloud.microsoft copilot.com com.microsoft.copilot",
           "microsoft_copilot"),
    Source("Perplexity", Kind.AI, "perplexity.ai ai.perplexity.app.android", "pplx"),
    Source("DeepSeek", Kind.AI, "deepseek.com"),
    Source("Mistral", Kind.AI, "chat.mistral.ai mistral.ai", "lechat"),
    Source("Grok", Kind.AI, "grok.com x.ai ai.x.grok"),
    Source("Meta AI", Kind.AI, "meta.ai"),
    Source("Poe", Kind.AI, "poe.com"),
    Source("Phind", Kind.AI, "phind.com"),
    Source("Qwen", Kind.AI, "chat.qwen.ai qwen.ai"),
    Source("Kimi", Kind.AI, "kimi.com kimi.moonshot.cn"),
    Source("Doubao", Kind.AI, "doubao.com"),
    Source("Duck.ai", Kind.AI, "duck.ai"),
    # --- social networks and places where people pass links on
    Source("Facebook", Kind.SOCIAL, "facebook.com fb.com fb.me l.facebook.com lm.facebook.com m.facebook.com "
           "com.facebook.katana com.facebook.lite", "fb fcb meta",
           ads="facebook_ads facebook-ads facebook_ad facebook_feed_ad fb_ads fb-ads fbads fbad meta_ads meta-ads"),
    Source("Messenger", Kind.SOCIAL, "messenger.com com.facebook.orca"),
    Source("Instagram", Kind.SOCIAL, "instagram.com l.instagram.com com.instagram.android", "ig insta",
           ads="instagram_ads instagram-ads ig_ads ig-ads"),
    Source("Threads", Kind.SOCIAL, "threads.net threads.com com.instagram.barcelona"),
    Source("X", Kind.SOCIAL, "x.com twitter.com t.co com.twitter.android", "twitter tw",
           ads="twitter_ads twitter-ads x_ads x-ads"),
    Source("LinkedIn", Kind.SOCIAL, "linkedin.com lnkd.in com.linkedin.android", ads="linkedin_ads linkedin-ads"),
    Source("Reddit", Kind.SOCIAL, "reddit.com redd.it old.reddit.com out.reddit.com com.reddit.frontpage",
           ads="reddit_ads reddit-ads"),
    Source("Pinterest", Kind.SOCIAL, "pinterest.* pin.it com.pinterest", ads="pinterest_ads pinterest-ads"),
    Source("Mastodon", Kind.SOCIAL, "mastodon.social mastodon.online mstdn.social fosstodon.org hachyderm.io mas.to "
           "chaos.social infosec.exchange techhub.social mstdn.jp social.tchncs.de troet.cafe org.joinmastodon.android"),
    Source("Bluesky", Kind.SOCIAL, "bsky.app bsky.social go.bsky.app xyz.blueskyweb.app", "bsky"),
    Source("Lemmy", Kind.SOCIAL, "lemmy.world lemmy.ml feddit.org feddit.de sh.itjust.works"),
    Source("TikTok", Kind.SOCIAL, "tiktok.com com.zhiliaoapp.musically com.ss.android.ugc.trill", "tik.tok",
           ads="tiktok_ads tiktok-ads tiktokads"),
    Source("Snapchat", Kind.SOCIAL, "snapchat.com com.snapchat.android"),
    Source("WhatsApp", Kind.SOCIAL, "whatsapp.com wa.me web.whatsapp.com com.whatsapp"),
    Source("Telegram", Kind.SOCIAL, "t.me telegram.org telegram.me web.telegram.org org.telegram.messenger", "tg"),
    Source("Discord", Kind.SOCIAL, "discord.com discordapp.com com.discord"),
    Source("Slack", Kind.SOCIAL, "slack.com app.slack.com com.slack com.slack.android"),
    Source("Microsoft Teams", Kind.SOCIAL, "teams.microsoft.com teams.live.com "
           "statics.teams.cdn.office.net com.microsoft.teams"),
    Source("Signal", Kind.SOCIAL, "signal.org signal.me org.thoughtcrime.securesms"),
    Source("VK", Kind.SOCIAL, "vk.com vk.ru away.vk.com com.vkontakte.android", "vkontakte"),
    Source("Odnoklassniki", Kind.SOCIAL, "ok.ru"),
    Source("Weibo", Kind.SOCIAL, "weibo.com weibo.cn t.cn com.sina.weibo"),
    Source("WeChat", Kind.SOCIAL, "weixin.qq.com mp.weixin.qq.com com.tencent.mm"),
    Source("Xiaohongshu", Kind.SOCIAL, "xiaohongshu.com xhslink.com"),
    Source("Zhihu", Kind.SOCIAL, "zhihu.com"),
    Source("LINE", Kind.SOCIAL, "line.me jp.naver.line.android"),
    Source("KakaoTalk", Kind.SOCIAL, "kakao.com com.kakao.talk"),
    Source("Tumblr", Kind.SOCIAL, "tumblr.com t.umblr.com com.tumblr"),
    Source("Medium", Kind.SOCIAL, "medium.com"),
    Source("Substack", Kind.SOCIAL, "substack.com com.substack.app"),
    Source("Quora", Kind.SOCIAL, "quora.com"),
    Source("Hacker News", Kind.SOCIAL, "news.ycombinator.com hckrnews.com", "hackernews hn"),
    Source("Lobsters", Kind.SOCIAL, "lobste.rs"),
    Source("Product Hunt", Kind.SOCIAL, "producthunt.com", "producthunt"),
    Source("Indie Hackers", Kind.SOCIAL, "indiehackers.com"),
    Source("DEV", Kind.SOCIAL, "dev.to"),
    Source("Stack Overflow", Kind.SOCIAL, "stackoverflow.com stackexchange.com serverfault.com superuser.com askubuntu.com"),
    Source("Slashdot", Kind.SOCIAL, "slashdot.org"),
    Source("Digg", Kind.SOCIAL, "digg.com"),
    Source("Flipboard", Kind.SOCIAL, "flipboard.com"),
    Source("Pocket", Kind.SOCIAL, "getpocket.com com.ideashower.readitlater.pro"),
    Source("XING", Kind.SOCIAL, "xing.com"),
    Source("Nextdoor", Kind.SOCIAL, "nextdoor.*"),
    Source("Goodreads", Kind.SOCIAL, "goodreads.com"),
    Source("DeviantArt", Kind.SOCIAL, "deviantart.com"),
    Source("Flickr", Kind.SOCIAL, "flickr.com flic.kr"),
    Source("Steam", Kind.SOCIAL, "steamcommunity.com store.steampowered.com"),
    Source("Livejournal", Kind.SOCIAL, "livejournal.com"),
    # --- video
    Source("YouTube", Kind.VIDEO, "youtube.* youtu.be youtube-nocookie.com com.google.android.youtube", "yt",
           ads="youtube_ads youtube-ads yt_ads yt-ads"),
    Source("Vimeo", Kind.VIDEO, "vimeo.com"),
    Source("Dailymotion", Kind.VIDEO, "dailymotion.com dai.ly"),
    Source("Twitch", Kind.VIDEO, "twitch.tv tv.twitch.android.app"),
    Source("Bilibili", Kind.VIDEO, "bilibili.com b23.tv"),
    Source("Rumble", Kind.VIDEO, "rumble.com"),
    Source("Odysee", Kind.VIDEO, "odysee.com"),
    Source("PeerTube", Kind.VIDEO, "joinpeertube.org framatube.org"),
    Source("Netflix", Kind.VIDEO, "netflix.com"),
    Source("Wistia", Kind.VIDEO, "wistia.com"),
    # --- shopping
    Source("Google Shopping", Kind.SHOPPING, "shopping.google.*"),
    Source("Amazon", Kind.SHOPPING, "amazon.* amzn.to amzn.eu a.co com.amazon.mshop.android.shopping"),
    Source("eBay", Kind.SHOPPING, "ebay.* ebay.us"),
    Source("Etsy", Kind.SHOPPING, "etsy.com com.etsy.android"),
    Source("AliExpress", Kind.SHOPPING, "aliexpress.*"),
    Source("Alibaba", Kind.SHOPPING, "alibaba.com"),
    Source("Taobao", Kind.SHOPPING, "taobao.com tmall.com"),
    Source("Walmart", Kind.SHOPPING, "walmart.com"),
    Source("Rakuten", Kind.SHOPPING, "rakuten.co.jp rakuten.com"),
    Source("Mercado Libre", Kind.SHOPPING, "mercadolibre.* mercadolivre.com.br"),
    Source("Zalando", Kind.SHOPPING, "zalando.*"),
    Source("Otto", Kind.SHOPPING, "otto.de"),
    Source("Idealo", Kind.SHOPPING, "idealo.*"),
    Source("Allegro", Kind.SHOPPING, "allegro.pl"),
    Source("Shopee", Kind.SHOPPING, "shopee.*"),
    Source("Temu", Kind.SHOPPING, "temu.com"),
    Source("Shop app", Kind.SHOPPING, "shop.app"),
    Source("Shopzilla", Kind.SHOPPING, "shopzilla.com"),
    # --- mail
    Source("Gmail", Kind.MAIL, "mail.google.com com.google.android.gm"),
    Source("Outlook", Kind.MAIL, "outlook.live.com outlook.office.com outlook.office365.com outlook.com "
           "com.microsoft.office.outlook safelinks.protection.outlook.com"),
    Source("Yahoo! Mail", Kind.MAIL, "mail.yahoo.* com.yahoo.mobile.client.android.mail"),
    Source("AOL Mail", Kind.MAIL, "mail.aol.com"),
    Source("iCloud Mail", Kind.MAIL, "icloud.com"),
    Source("Proton Mail", Kind.MAIL, "mail.proton.me mail.protonmail.com proton.me"),
    Source("Fastmail", Kind.MAIL, "fastmail.com app.fastmail.com"),
    Source("Zoho Mail", Kind.MAIL, "mail.zoho.com mail.zoho.eu"),
    Source("GMX", Kind.MAIL, "gmx.net gmx.de gmx.at gmx.ch gmx.com deref-gmx.net"),
    Source("WEB.DE", Kind.MAIL, "web.de deref-web.de"),
    Source("Mail.ru", Kind.MAIL, "e.mail.ru mail.ru"),
    Source("Yandex Mail", Kind.MAIL, "mail.yandex.*"),
    Source("Orange Mail", Kind.MAIL, "mail.orange.fr"),
    Source("Thunderbird", Kind.MAIL, "net.thunderbird.android com.fsck.k9"),
    Source("Mailchimp", Kind.MAIL, "list-manage.com mailchi.mp campaign-archive.com"),
    # --- others that people know by name
    Source("Wikipedia", Kind.OTHER, "wikipedia.org", "wiki"),
    Source("GitHub", Kind.OTHER, "github.com com.github.android"),
    Source("GitLab", Kind.OTHER, "gitlab.com"),
    Source("Codeberg", Kind.OTHER, "codeberg.org"),
    Source("Notion", Kind.OTHER, "notion.so notion.site"),
    Source("Trello", Kind.OTHER, "trello.com"),
    Source("Basecamp", Kind.OTHER, "basecamp.com 3.basecamp.com"),
    Source("Feedly", Kind.OTHER, "feedly.com"),
    Source("Inoreader", Kind.OTHER, "inoreader.com"),
    Source("Google Translate", Kind.OTHER, "translate.google.* translate.goog"),
    Source("Google Docs", Kind.OTHER, "docs.google.com drive.google.com"),
    Source("Google Sites", Kind.OTHER, "sites.google.com"),
    Source("Google Play", Kind.OTHER, "play.google.com com.android.vending"),
    Source("Google Groups", Kind.SOCIAL, "groups.google.com"),
    Source("Google Classroom", Kind.OTHER, "classroom.google.com"),
    Source("Wayback Machine", Kind.OTHER, "web.archive.org"),
    Source("Linktree", Kind.OTHER, "linktr.ee"),
)  # fmt: skip
"""The sources we know by name."""

_SUFFIXES = PublicSuffixList()

Row = Source | OwnSource


class Sources:
    """The table, preceded by the owner's rows, in memory. Safe to read while it is being replaced."""

    def __init__(self, own: Iterable[OwnSource] = ()) -> None:
        self._index = _Index(())
        self.replace(own)

    def replace(self, own: Iterable[OwnSource]) -> None:
        """Replaces the owner's rows; events after this call see the new ones."""
        self._index = _Index(tuple(own))

    def of_host(self, host: str) -> Row | None:
        """The row for ``host`` (lower case, without ``www.`` and port), or None."""
        return self._index.of_host(host)

    def of_tag(self, tag: str) -> Row | None:
        """The row that a campaign tag (``fb``, ``google``, ``chatgpt.com``) means, or None."""
        return self._index.of_tag(tag.strip().lower())

    def by_host(self, host: str) -> str:
        """The name of the source for ``host``, or the host itself if it is unknown."""
        row = self._index.of_host(host)
        return row.name if row else host

    def by_tag(self, tag: str) -> str:
        """The name of the source for a campaign tag, or the tag as written if it is unknown."""
        row = self.of_tag(tag)
        return row.name if row else tag

    def channel(self, source: str, *, tag: str = "", medium: str = "", campaign: str = "", click_id: str = "") -> str:
        """The channel of a visit. ``source`` is a name from ``by_host`` or ``by_tag``, the campaign tags are as sent, and
        the click id is given by its name."""
        kind = self._index.kinds.get(source, Kind.OTHER)
        return channels.channel(source, kind, tag, medium, campaign, click_id, advertised=tag.lower() in ADVERTISING)


class _Index:
    """The rows by their hosts and tags, with a cache of what was found. Rebuilt whenever a row changes."""

    def __init__(self, own: tuple[OwnSource, ...]) -> None:
        self._hosts: dict[str, Row] = _BY_HOST | {host: row for row in own for host in row.hosts}
        self._tags: dict[str, Row] = _BY_TAG | {tag: row for row in own for tag in (*row.tags, *_spellings(row.name))}
        self.kinds = _KINDS | {row.name: row.kind for row in own}
        self.of_host = lru_cache(maxsize=4096)(self._of_host)
        self.of_tag = lru_cache(maxsize=4096)(self._of_tag)

    def _of_host(self, host: str) -> Row | None:
        return next((self._hosts[pattern] for pattern in _patterns(host) if pattern in self._hosts), None)

    def _of_tag(self, tag: str) -> Row | None:
        found = self._tags.get(tag)
        return self._of_host(tag.removeprefix("www.")) if found is None and "." in tag else found


def _patterns(host: str) -> Iterable[str]:
    """The entries of the table that would match ``host``, the most specific first: the host and each of its parent domains,
    each followed by the same with ``.*`` in place of the public suffix."""
    suffix = _SUFFIXES.publicsuffix(host) or ""
    labels = host.split(".")
    for position in range(len(labels)):
        part = ".".join(labels[position:])
        yield part
        if suffix and len(part) > len(suffix):
            yield f"{part[: len(part) - len(suffix)]}*"


def _spellings(name: str) -> tuple[str, str]:
    """How campaign tags may write a name."""
    return name.lower(), name.lower().replace(" ", "")


_BY_HOST: dict[str, Row] = {host: source for source in SOURCES for host in source.hosts.split()}
_BY_TAG: dict[str, Row] = {
    tag: source for source in SOURCES for tag in (*source.tags.split(), *source.ads.split(), *_spellings(source.name))
}
_KINDS = {source.name: source.kind for source in SOURCES}
ADVERTISING = frozenset(tag for source in SOURCES for tag in source.ads.split())
"""Campaign tags that say that the visit was paid for, whatever the medium."""


BUILT_IN = Sources()
"""The table without rows of an owner's."""


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The registrable domain of a host: ``news.example.co.uk`` gives ``example.co.uk``. The host itself if it has none."""
    return _SUFFIXES.privatesuffix(host) or host
