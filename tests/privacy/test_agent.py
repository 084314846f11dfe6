"""What is made of a User-Agent: exact facts for real ones, robots told from people, and nothing of its text kept."""

import copy
import pickle
from hashlib import blake2b
from pathlib import Path

import pytest

from analytics import resources, robots
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
     Facts("Safari", "15", "", "", "Console")),
    ("wechat_in_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Mobile/15E148 MicroMessenger/8.0.49(0x1800312c) NetType/WIFI Language/zh_CN",
     Facts("WeChat", "8", "iOS", "17", "Mobile")),
    ("snapchat_in_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/17.5.1 Mobile/15E148 Snapchat/12.92.0.36 (like Safari/8618.2.12.10.9, panda)",
     Facts("Snapchat", "12", "iOS", "17", "Mobile")),
    ("instagram_in_app_android",
     "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 Instagram 334.0.0.42.95 "
     "Android (34/14; 450dpi; 1080x2106; samsung; SM-S918B; dm3q; qcom; en_GB; 607420203)",
     Facts("Instagram", "334", "Android", "14", "Mobile")),
    ("pinterest_in_app",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Mobile/15E148 [Pinterest/iOS]",
     Facts("Pinterest", "", "iOS", "17", "Mobile")),
    ("nintendo_switch",
     "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 "
     "NintendoBrowser/5.1.0.22474",
     Facts("", "", "", "", "Console")),
    ("xbox",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like "
     "Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
     Facts("Edge", "126", "Windows", "10", "Console")),
    ("phone_named_xbot",
     "Mozilla/5.0 (Linux; Android 8.1.0; XBot_Senior Build/O11019) AppleWebKit/537.36 (KHTML, like "
     "Gecko) Chrome/65.0.3325.109 Mobile Safari/537.36",
     Facts("Chrome", "65", "Android", "8", "Mobile")),
    ("phone_named_discovery",
     "Mozilla/5.0 (Linux; Android 4.4.2; GM Discovery II) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/81.0.4044.138 Mobile Safari/537.36",
     Facts("Chrome", "81", "Android", "4", "Mobile")),
    ("yandex",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36",
     Facts("Yandex Browser", "24", "Windows", "10", "Desktop")),
    ("qq_browser",
     "Mozilla/5.0 (Linux; U; Android 13; zh-cn; V2254A Build/TP1A.220624.014) AppleWebKit/537.36 "
     "(KHTML, like Gecko) Version/4.0 Chrome/109.0.5414.86 MQQBrowser/14.9 Mobile Safari/537.36 "
     "COVC/046915",
     Facts("QQ Browser", "14", "Android", "13", "Mobile")),
    ("sogou_browser",
     "Mozilla/5.0 (Linux; U; Android 5.0.2; zh-cn; Redmi Note 2 Build/LRX22G) AppleWebKit/534.30 "
     "(KHTML, like Gecko) Version/4.0 Mobile Safari/534.30 SogouMSE,SogouMobileBrowser/5.6.3",
     Facts("Android", "5", "Android", "5", "Mobile")),
    ("duckduckgo_android",
     "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
     "Chrome/126.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
     Facts("DuckDuckGo", "5", "Android", "14", "Mobile")),
    ("tor",
     "Mozilla/5.0 (Windows NT 10.0; rv:115.0) Gecko/20100101 Firefox/115.0",
     Facts("Firefox", "115", "Windows", "10", "Desktop")),
    ("opera_touch",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/17.5 Mobile/15E148 Safari/604.1 OPT/4.8.0",
     Facts("Opera", "4", "iOS", "17", "Mobile")),
    ("edge_legacy",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/70.0.3538.102 Safari/537.36 Edge/18.19042",
     Facts("Edge", "18", "Windows", "10", "Desktop")),
    ("hisense_tv",
     "Mozilla/5.0 (Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0.4147.140 "
     "Safari/537.36 OPR/46.0.2207.0 OMI/4.21.4.112.Catcher4.49 Model/Hisense-MT9602 VIDAA/5.0",
     Facts("Opera", "46", "Linux", "", "TV")),
    ("philips_hbbtv",
     "Opera/9.80 (Linux armv7l; HbbTV/1.2.1 (; Philips; 40HFL5010T12; ; PHILIPSTV; CE-HTML/1.0 "
     "NETTV/4.4.1 SmartTvA/3.0.0 Firmware/004.002.036.135 (PhilipsTV, 3.1.1,)en) ) Presto/2.12.407 "
     "Version/12.50",
     Facts("HbbTV", "1", "Linux", "", "TV")),
    ("mi_box",
     "Mozilla/5.0 (Linux; Android 9; MiTV-AXSO0 Build/PI) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/126.0.0.0 Safari/537.36",
     Facts("Chrome", "126", "Android", "9", "TV")),
    ("folded_phone",
     "Mozilla/5.0 (Linux; Android 14; SM-F946B) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/126.0.0.0 Mobile Safari/537.36",
     Facts("Chrome", "126", "Android", "14", "Mobile")),
    ("ipad_as_desktop",
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/16.6 Safari/605.1.15",
     Facts("Safari", "16", "macOS", "10", "Desktop")),
    ("phone_cut_short",
     "Mozilla/5.0 (Linux; Android 11; PEDM00 Build/RKQ1.201105.002; wv) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Version/4.0 Chrome/77.0.3865.120",
     Facts("Chrome WebView", "77", "Android", "11", "Mobile")),
    ("bsd",
     "Mozilla/5.0 (X11; FreeBSD amd64; rv:127.0) Gecko/20100101 Firefox/127.0",
     Facts("Firefox", "127", "FreeBSD", "", "Desktop")),
    ("android_chromebook",
     "Mozilla/5.0 (Linux; Android 9; ASUS Chromebook Flip C302) AppleWebKit/537.36 (KHTML, like Gecko)"
     " Chrome/85.0.4183.127 Safari/537.36",
     Facts("Chrome", "85", "Android", "9", "Desktop")),
    ("electron_app",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.39.90 "
     "Chrome/124.0.6367.243 Electron/30.1.2 Safari/537.36",
     Facts("Electron", "30", "Windows", "10", "Desktop")),
    ("uc_browser_short_form",
     "dv(iPh13,2);pr(UCBrowser/11.3.5.1203);ov(15_1);ss(375x812);bt(GJ);pm(0);bv(0);nm(0);im(0);nt(1);",
     Facts("UC Browser", "11", "", "", "")),
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
    ("lighthouse",
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/126.0.0.0 Safari/537.36 Chrome-Lighthouse",
     "Google Lighthouse", "Monitoring"),
    ("chatgpt_user",
     "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; "
     "+https://openai.com/bot)",
     "ChatGPT-User", "AI assistant"),
    ("perplexity_user",
     "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; "
     "+https://perplexity.ai/perplexity-user)",
     "Perplexity-User", "AI assistant"),
    ("ccbot",
     "CCBot/2.0 (https://commoncrawl.org/faq/)",
     "CCBot", "AI crawler"),
    ("bytespider",
     "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 "
     "(compatible; Bytespider; spider-feedback@bytedance.com)",
     "Bytespider", "AI crawler"),
    ("amazonbot",
     "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Amazonbot/0.1; "
     "+https://developer.amazon.com/support/amazonbot) Chrome/119.0.6045.214 Safari/537.36",
     "Amazonbot", "AI crawler"),
    ("applebot",
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
     "Applebot", "Search engine"),
    ("ahrefs",
     "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
     "AhrefsBot", "SEO"),
    ("semrush",
     "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
     "SemrushBot", "SEO"),
    ("uptimerobot",
     "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
     "UptimeRobot", "Monitoring"),
    ("pingdom",
     "Mozilla/5.0 (compatible; pingbot/2.0; +http://www.pingdom.com/)",
     "Pingdom", "Monitoring"),
    ("storebot_in_a_phones_clothes",
     "Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012; Storebot-Google/1.0) "
     "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/81.0.4044.138 Mobile Safari/537.36",
     "Storebot-Google", "Search engine"),
    ("wayback",
     "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
     "archive.org_bot", "Archiver"),
    ("zgrab",
     "Mozilla/5.0 zgrab/0.x",
     "zgrab", "Security scanner"),
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


def test_made_up_user_agents_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
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
    monkeypatch.setattr(robots, "folder", lambda _name: tmp_path)
    with pytest.raises(ConfigError, match="make build"):
        Agents()


def test_the_list_of_the_build_is_whole() -> None:
    """isbot has some two hundred patterns; a list cut short would let robots in."""
    assert (resources.folder("built") / "bots.json").read_text().count('"') > 300
