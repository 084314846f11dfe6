"""Commands as one types them, on a data directory that no service runs on."""

import json
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

import pytest
from click.testing import CliRunner, Result

from analytics import config
from analytics.app import Instance
from analytics.cli import cli, main
from analytics.errors import ConfigError, FootfallError, InvalidInput, NotFound, QueryError
from analytics.ingest.collector import MANY, Request
from analytics.store.control.store import ControlStore
from analytics.store.lock import DataLock
from analytics.web.collector.collect import answer

Run = Callable[..., Result]
QUESTION = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("site", "list")``; ``typed`` is the standard input."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTFALL_DATA", str(tmp_path / "data"))

    def made(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, words, input=typed)

    assert made("site", "add", "example.org").exit_code == 0
    return made


@pytest.mark.parametrize("way", ["inline", "file", "standard input", "dash"])
def test_a_question_is_asked_inline_from_a_file_or_from_the_standard_input(run: Run, tmp_path: Path, way: str) -> None:
    text = json.dumps(QUESTION)
    (tmp_path / "question.json").write_text(text, encoding="utf-8")
    words = {"inline": [text], "file": ["question.json"], "standard input": [], "dash": ["-"]}[way]
    answer = json.loads(run("query", *words, typed=text).output)
    assert list(answer) == ["results", "meta", "query"]
    assert answer["results"] == [{"dimensions": [], "metrics": [0]}]


def test_a_question_with_steps_is_a_funnels_and_one_with_around_a_flows(run: Run) -> None:
    """In the language of the API, with its answers."""
    days, shop = {"site_id": "example.org", "date_range": "day"}, ["is", "event:page", ["/shop"]]
    funnel = json.loads(run("query", json.dumps({**days, "steps": [shop, ["is", "event:name", ["Order"]]]})).output)
    nothing = {"visitors": 0, "visits": 0, "drop_off": 0}
    assert [{key: step[key] for key in ("step", *nothing)} for step in funnel["results"]] == [{"step": 1, **nothing}, {"step": 2, **nothing}]
    assert (list(funnel), funnel["query"]["site_id"]) == (["results", "meta", "query"], "example.org")
    flow = json.loads(run("query", json.dumps({**days, "around": shop, "before": 0, "after": 1})).output)
    assert (flow["results"], flow["query"]["site_id"]) == ({"nodes": [], "links": []}, "example.org")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["[]"], "the query cannot be read"),
        ([json.dumps({"site_id": "example.org", "date_range": "day", "steps": []})], "#/steps: "),
        ([json.dumps({**QUESTION, "around": ["is", "event:page", ["/"]]})], "#/metrics: "),
        (["{"], "the query is not JSON"),
        (["missing.json"], "the query cannot be read: .*missing.json"),
        (['{"metrics": ["visitors"]}'], 'the query needs a "site_id"'),
        ([json.dumps({**QUESTION, "metrics": ["baa"]})], '#/metrics/0: Invalid metric "baa"'),
        ([json.dumps({**QUESTION, "site_id": "nowhere.example"})], "There is no site nowhere.example"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(run: Run, words: list[str], said: str) -> None:
    answer = run("query", *words)
    assert answer.exit_code == 1
    with pytest.raises(FootfallError, match=said):
        raise answer.exception or AssertionError


def test_goals_are_added_listed_and_removed(run: Run) -> None:
    assert run("goal", "add", "example.org", "--event", "Signup").output == "1\tSignup\n"
    sales = ["--event", "Order", "--name", "Sales", "--currency", "eur", "--prop", "plan=free", "--prop", "from=a=b"]
    assert run("goal", "add", "example.org", *sales).output == "2\tSales\n"
    assert run("goal", "add", "example.org", "--page", "/register").output == "3\tVisit /register\n"
    assert run("goal", "add", "example.org", "--page", "/blog/**", "--scroll", "0").output == "4\tScroll to 0% on /blog/**\n"
    assert run("goal", "add", "example.org", "--event", "Signup").output == "1\tSignup\n", "once more changes nothing"
    assert run("goal", "remove", "example.org", "1").exit_code == 0
    assert run("goal", "list", "example.org").output == "2\tevent\tSales\n3\tpage\tVisit /register\n4\tscroll\tScroll to 0% on /blog/**\n"
    assert isinstance(run("goal", "remove", "example.org", "1").exception, NotFound)
    assert "an event (--event) or a page (--page)" in run("goal", "add", "example.org").output
    assert run("goal", "add", "example.org", "--event", "A", "--page", "/a").exit_code == 2
    assert isinstance(run("goal", "add", "example.org", "--event", "A", "--currency", "EURO").exception, InvalidInput)
    assert run("goal", "add", "example.org", "--event", "A", "--prop", "plan").exit_code == 2


def test_funnels_are_added_listed_and_removed(run: Run) -> None:
    """Step by step; what cannot be asked is refused, and said."""
    assert run("goal", "add", "example.org", "--event", "Signup").exit_code == 0
    steps = ("--step", "page:/shop/**", "--step", "event:Add to basket", "--step", "goal:Signup")
    assert run("funnel", "add", "example.org", "Checkout", *steps, "--strict").output == "1\n"
    assert run("funnel", "list", "example.org").output == "1\tCheckout\t/shop/** > Add to basket > Signup\n"
    assert isinstance(run("funnel", "add", "example.org", "Short", "--step", "page:/").exception, QueryError)
    assert isinstance(run("funnel", "add", "example.org", "Odd", "--step", "page:/", "--step", "goal:Order").exception, QueryError)
    assert isinstance(run("funnel", "add", "example.org", "Odd", "--step", "page:/", "--step", "pgae:/").exception, FootfallError)
    assert run("funnel", "remove", "example.org", "1").exit_code == 0
    assert isinstance(run("funnel", "remove", "example.org", "1").exception, NotFound)



def test_a_site_is_removed_when_that_is_confirmed(run: Run, tmp_path: Path) -> None:
    run("query", json.dumps(QUESTION))
    assert list((tmp_path / "data" / "sites").iterdir()) != []
    assert run("site", "remove", "example.org", typed="n\n").exit_code == 1
    assert run("site", "list").output == "example.org\tUTC\n"
    assert run("site", "remove", "example.org", "--yes").exit_code == 0
    assert run("site", "list").output == ""
    control = ControlStore(tmp_path / "data" / "control.sqlite")
    assert [(record.who, record.what) for record in control.audit.latest(1)] == [("command line", "site removed")]
    control.close()
    assert [path.name for path in (tmp_path / "data" / "sites").iterdir() if path.name != "nowhere.duckdb"] == []


def test_people_are_invited_listed_and_removed(run: Run) -> None:
    """The link is good for one account; a site that is not here is refused."""
    link = run("person", "invite", "Grace@Example.org", "--site", "example.org").output.strip()
    assert re.fullmatch(r"http://[^ ]+/join\?token=[\w-]{43}", link)
    assert run("person", "list").output == "grace@example.org\tviewer\texample.org\n"
    assert run("person", "remove", "grace@example.org").output == "grace@example.org is removed\n"
    assert run("person", "list").output == ""
    assert isinstance(run("person", "invite", "x@example.org", "--site", "nowhere.example").exception, NotFound)
    assert isinstance(run("person", "invite", "nobody").exception, InvalidInput)


def test_a_key_says_what_it_is_for(run: Run, tmp_path: Path) -> None:
    every, one = run("key", "add").output.strip(), run("key", "add", "--site", "example.org", "--scope", "stats,events").output.strip()
    assert "a key needs at least one scope" in run("key", "add", "--scope", "").output
    control = ControlStore(tmp_path / "data" / "control.sqlite")
    site = control.sites.find("example.org")
    found = [control.api_keys.find(text) for text in (every, one)]
    control.close()
    assert [(key.scopes, key.site_ids) for key in found if key] == [
        ({"stats", "events", "sites"}, None),
        ({"stats", "events"}, {site.id}),
    ]


def test_d22_a_correction_is_looked_at_made_listed_and_undone(run: Run) -> None:
    rename = ("correct", "example.org", "rename", "--pattern", r"/user/(\d+)", "--replacement", "/user/:id")
    assert run(*rename, "--dry-run").output == ""
    assert run("corrections", "example.org").output == ""
    assert run(*rename).output == "1\trename /user/(\\d+) to /user/:id\n"
    assert run("corrections", "example.org", "--undo", "1").output == "1\trename /user/(\\d+) to /user/:id\tundone\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["is", "visit:entry_page", ["/"]]', '#/filters/0/1: "visit:entry_page" cannot be used in a correction'),
        ("is page", "the filter 'is page' is not JSON"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_with_its_place(run: Run, text: str, told: str) -> None:
    assert "“2026-13-01” is not a date" in run("correct", "example.org", "delete", "--from", "2026-13-01").output
    refused = run("correct", "example.org", "ignore", "--filter", text)
    assert isinstance(refused.exception, FootfallError)
    assert told in str(refused.exception)


def test_d18_what_was_dropped_on_suspicion_is_listed_restored_and_put_back(run: Run, tmp_path: Path) -> None:
    """A part by its options, then all the rest of a reason; once more is nothing; the audit log says that it was a command."""
    here = Instance(config.load()).open()
    at = datetime.now(UTC)
    gptbot, curl = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "curl/8.5.0"
    seen = [(gptbot, "/"), (gptbot, "/"), (gptbot, "/a"), (curl, "/")]
    body = {
        "idempotency_key": "one",
        "events": [
            {"n": "pageview", "u": f"https://example.org{path}", "timestamp": at.isoformat(), "ip": "192.0.2.7", "user_agent": agent}
            for agent, path in seen
        ],
    }
    key, knock = here.control.api_keys.add(None, ["events"], "import"), here.door.told()
    request = Request("POST", MANY, "", {"authorization": f"Bearer {key}"}, knock, json.dumps(body).encode())
    assert json.loads(answer(here.collector, here.spool, request).body) == {"accepted": 0, "dropped": {"bot": 4}}
    here.close()
    day = f"{at:%Y-%m-%d}"

    listed = [f"bot\tAI crawler\tGPTBot\t3\t{day}\t{day}", f"bot\tLibrary\tcurl\t1\t{day}\t{day}"]
    assert sorted(run("dropped", "list", "example.org").output.splitlines()) == listed
    assert run("dropped", "restore", "example.org", "bot", "--who", "GPTBot", "--page", "/", "--from", day, "--to", day).output == "2\n"
    assert run("dropped", "restore", "example.org", "bot", "--group", "SEO").output == "0\n"
    [line] = run("dropped", "restored", "example.org").output.splitlines()
    moment, *told = line.split("\t")
    assert told == ["bot", "AI crawler", "GPTBot", "2", day, day]
    assert run("dropped", "put-back", "example.org", moment).output == "2\n"
    assert isinstance(run("dropped", "put-back", "example.org", moment).exception, NotFound)
    assert run("dropped", "restore", "example.org", "bot").output == "4\n"
    assert run("dropped", "restore", "example.org", "bot").output == "0\n"
    assert run("dropped", "list", "example.org").output == ""
    question = {**QUESTION, "metrics": ["pageviews"], "date_range": [day, day]}
    assert json.loads(run("query", json.dumps(question)).output)["results"] == [{"dimensions": [], "metrics": [4]}]
    control = ControlStore(tmp_path / "data" / "control.sqlite")
    assert [record.what for record in control.audit.latest(5)] == ["restored", "restored", "put back", "restored", "restored"]
    assert {record.who for record in control.audit.latest(5)} == {"command line"}
    control.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["restore", "example.org", "rate"], "No events are set aside for this reason; choose one from the list"),
        (["restore", "example.org", ""], "Choose what to restore"),
        (["restore", "example.org", "bot", "--from", "yesterday"], "“yesterday” is not a date"),
        (["restore", "example.org", "bot", "--from", "2999-01-02", "--to", "2999-01-01"], "2999-01-01 is before 2999-01-02"),
        (["put-back", "example.org", "noon"], "Nothing was restored at this time"),
    ],
)
def test_what_cannot_be_restored_is_said(run: Run, words: list[str], told: str) -> None:
    refused = run("dropped", *words)
    assert isinstance(refused.exception, FootfallError)
    assert told in str(refused.exception)


def test_d7_pruning_says_what_goes(run: Run) -> None:
    assert run("prune", "--dry-run").output == run("prune").output == "example.org\tno rows\n"


@pytest.mark.parametrize("words", [("site", "list"), ("person", "reset-password", "ada@example.org"), ("query", "{}"), ("prune",)])
def test_a_folder_that_is_not_there_is_named_and_not_made(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Another folder was meant: "there is no such account" would send somebody looking in the wrong place."""
    refused = run(*words, "--data", "elsewhere")
    assert isinstance(refused.exception, ConfigError)
    assert "elsewhere': there is no such folder; choose the service's folder with --data or FOOTFALL_DATA" in str(refused.exception)
    assert not (tmp_path / "elsewhere").exists()


def test_a_command_waits_for_another_that_is_under_way(run: Run, tmp_path: Path) -> None:
    """Two timers may fire at once."""
    other = DataLock(tmp_path / "data")
    other.acquire()
    Timer(0.2, other.release).start()
    assert run("site", "list").output == "example.org\tUTC\n"


def test_a_mistake_names_its_argument_and_ends_with_1(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["footfall", "goal", "add", "example.org", "--event", "Order", "--currency", "EURO"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "footfall: currency: Enter a three-letter ISO 4217 code, such as EUR\n"


def test_several_mistakes_are_named_in_a_line_each(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["footfall", "site", "add", "not a domain", "--timezone", "Mars/Olympus"])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [["footfall", "domain"], ["footfall", "timezone"]]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("trusted_proxies", "10.0.0.0/33", "enter it in the form 192.0.2.0/24"),
        ("location_database", "question.json", "cannot be read, or is no .mmdb file"),
        ("location_database", "missing.mmdb", "there is no such file"),
        ("bind", "192.0.2.1:8000", "Cannot assign requested address.*; free it, or choose another address"),
        ("bind", "TAKEN", "Address already in use.*; free it, or choose another address"),
    ],
)
def test_what_cannot_be_used_stops_the_start(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """Before anything listens, and not again and again; with the setting's name and what to do."""
    (tmp_path / "question.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr("analytics.cli.RESTART", 0.0)
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("it started"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("FOOTFALL_BIND", "127.0.0.1:0")
        monkeypatch.setenv(f"FOOTFALL_{name.upper()}", value.replace("TAKEN", f"127.0.0.1:{taken.getsockname()[1]}"))
        refused = run("serve")
    with pytest.raises(ConfigError, match=f"setting {name} = .*{told}"):
        raise refused.exception or AssertionError
