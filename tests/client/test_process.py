"""The client in processes of other people: what it imports, forks, and how it ends."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from textwrap import dedent
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.client.conftest import MakeSite, Scripted
from tests.service import CHROME, free_port


def python(code: str, *arguments: str, cwd: Path | None = None) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(code), *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_brings_nothing_along() -> None:
    """Importing it imports the standard library, this folder, and nothing else of ours or anybody's."""
    code = """
    import sys
    before = set(sys.modules)
    import analytics.client
    print(*sorted(set(sys.modules) - before))
    """
    strangers = [name for name in python(code).split() if name.partition(".")[0] not in sys.stdlib_module_names]
    assert {name for name in strangers if not name.startswith("analytics.client")} == {"analytics"}


def test_it_runs_where_nothing_else_is_installed(collector: Scripted, tmp_path: Path) -> None:
    """As after ``pip install --no-deps``: an interpreter without any packages counts."""
    package = Path(__file__).parents[2] / "analytics"
    folder = tmp_path / "analytics"
    folder.mkdir()
    (folder / "__init__.py").write_text((package / "__init__.py").read_text())
    (folder / "client").symlink_to(package / "client")
    code = f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    from analytics.client import Footfall
    Footfall(endpoint={collector.url!r}, key="k", site="example.org").event("Renewal", visitor="v")
    """
    done = subprocess.run([sys.executable, "-I", "-S", "-c", dedent(code)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert [event["n"] for event in collector.events] == ["Renewal"]


def test_what_waits_is_sent_when_the_process_ends(collector: Scripted) -> None:
    """Nobody has to remember to; without events there is no thread, and nothing to wait for."""
    code = """
    import sys, threading
    from analytics.client import Footfall
    footfall = Footfall(endpoint=sys.argv[1], key="k", site="example.org", batch_seconds=3600)
    threads = threading.active_count()
    footfall.event("Renewal", visitor="v")
    print(threads, threading.active_count())
    """
    assert python(code, collector.url).split() == ["1", "2"]
    assert [event["n"] for event in collector.events] == ["Renewal"]


def test_a_fork_shares_no_events(collector: Scripted) -> None:
    """What waits in the parent is the parent's; a lock that another thread held at that moment stops nobody."""
    code = """
    import os, sys, threading
    from analytics.client import Footfall
    footfall = Footfall(endpoint=sys.argv[1], key="k", site="example.org", batch_seconds=3600)
    footfall.event("parent", visitor="v")
    held, forked = threading.Event(), threading.Event()
    def hold():
        with footfall._outbox()._changed:
            held.set()
            forked.wait()
    threading.Thread(target=hold).start()
    held.wait()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        forked.set()
    else:
        footfall.event("child", visitor="v")
        print(footfall.flush(10), footfall.tally().accepted, flush=True)
        os._exit(0)
    """
    assert python(code, collector.url).split() == ["True", "1"]
    assert [[event["n"] for event in request["events"]] for request in collector.requests] == [["child"], ["parent"]]


APPLICATION = """
from analytics.client import Footfall

footfall = Footfall(endpoint={url!r}, key="k", site="example.org", batch_seconds=3600)
footfall.event("Started", visitor="master")

def hello(environ, start_response):
    start_response("200 OK", [("content-type", "text/html")])
    return [b"hello"]

application = footfall.wsgi(hello)
"""


@pytest.fixture
def preloaded(collector: Scripted, tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The application in gunicorn's master, forked into two workers."""
    (tmp_path / "counted.py").write_text(APPLICATION.format(url=collector.url))
    bind = f"127.0.0.1:{free_port()}"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--bind", bind, "--config", "/dev/null",
               "--pythonpath", f"{root},{tmp_path}", "--no-control-socket", "counted:application"]  # fmt: skip
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield f"http://{bind}/", process
        process.kill()


def test_it_works_in_forked_workers(preloaded: tuple[str, "subprocess.Popen[bytes]"], collector: Scripted) -> None:
    """gunicorn --preload: each worker delivers its own when it is stopped, and what the master counted is the master's."""
    url, process = preloaded
    asked, deadline = 0, time.monotonic() + 30
    while asked < 6 and time.monotonic() < deadline:
        try:
            with urlopen(Request(url, headers={"user-agent": CHROME}), timeout=5) as response:
                assert response.read() == b"hello"
            asked += 1
        except URLError:
            time.sleep(0.05)
    process.terminate()
    assert process.wait(60) == 0
    assert sorted(event["n"] for event in collector.events) == ["Started", *["pageview"] * 6]


class Forgetful(Scripted):
    """Stands before the real collector and hands on what comes, but loses the first answer on its way back."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.answered: list[bytes] = []
        super().__init__()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forgetful = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                passed = Request(forgetful.target + self.path, body, {"authorization": self.headers["authorization"]}, method="POST")
                with urlopen(passed, timeout=30) as response:
                    forgetful.answered.append(response.read())
                if len(forgetful.answered) > 1:
                    self.send_response(response.status)
                    self.end_headers()
                    self.wfile.write(forgetful.answered[-1])

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def test_an_event_whose_answer_was_lost_is_counted_once(make_site: MakeSite) -> None:
    """The real collector stored it; the second attempt has the same key, and gets the first one's answer."""
    service, key = make_site("forgotten.test")
    with closing(Forgetful(service.url)) as between:
        code = """
        import json, sys
        from analytics.client import Footfall
        footfall = Footfall(endpoint=sys.argv[1], key=sys.argv[2], site="forgotten.test", batch_seconds=0)
        footfall.event("Renewal", visitor="v")
        print(json.dumps([footfall.flush(20), footfall.tally().accepted]))
        """
        assert json.loads(python(code, between.url, key)) == [True, 1]
        assert between.answered == [b'{"accepted":1,"dropped":{}}'] * 2
    assert service.query("forgotten.test", "events")[0]["metrics"] == [1]
