"""What the collector carries: events a second, CPU an event, time to visible, memory.

    python benchmarks/ingest.py [--seconds 10] [--connections 64] [--dashboards 4]

Starts the real service on a data directory of its own, and a load generator in a process of its own. On a
machine with two cores the two share them: the rate is a floor. CPU is the worker's, from socket to
DuckDB, by the kernel's account, and of it the event loop's (HTTP and collecting) beside the other threads' (spool, loading,
answers). "Acknowledged = stored" is checked, not assumed.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.service import CHROME, Service

SITE = "shop.example"
VISITORS = 20_000
PAGES = 500
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Runs the benchmark and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--dashboards", type=int, default=0, help="readers that ask five questions a second each")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder, "data"), Path(folder, "log"))
        service.start()
        try:
            measure(service, asked)
        finally:
            service.stop()


def measure(service: Service, asked: argparse.Namespace) -> None:
    """Prints one run."""
    service.command("site", "add", SITE)
    key = service.command("key", "add", "--site", SITE)
    print(f"resident memory, idle          {resident(service):8.0f} MB")
    visible = statistics.median(time_to_visible(service, key, number) for number in range(5))
    print(f"visible in an answer after     {visible * 1000:8.0f} ms (median of 5)")
    before, before_in_loop, reading = cpu(service), cpu(service, loop=True), threading.Event()
    readers = [threading.Thread(target=read_dashboard, args=(service, key, reading)) for _ in range(asked.dashboards)]
    for reader in readers:
        reader.start()
    acknowledged, latencies, took = load(service, asked.seconds, asked.connections)
    reading.set()
    for reader in readers:
        reader.join()
    ended = time.monotonic()
    stored = count(service, key)
    spent, in_loop = cpu(service) - before, cpu(service, loop=True) - before_in_loop
    print(f"acknowledged                   {acknowledged:8d} in {took:.1f} s, {asked.connections} connections")
    print(f"stored                         {stored - 5:8d}, all loaded {time.monotonic() - ended:.2f} s after the end")
    print(f"events a second                {acknowledged / took:8.0f}")
    print(f"CPU of the worker an event     {spent / acknowledged * 1e6:8.0f} us")
    print(f"  of it in the event loop      {in_loop / acknowledged * 1e6:8.0f} us")
    print(f"acknowledged after             {latencies[0]:8.1f} ms (median), {latencies[1]:.1f} ms (99 %)")
    print(f"resident memory, after         {resident(service):8.0f} MB")
    if stored - 5 != acknowledged:
        sys.exit("acknowledged and stored differ")


def time_to_visible(service: Service, key: str, number: int) -> float:
    """Seconds from sending a page view until an answer counts it."""
    expected = count(service, key) + 1
    began = time.monotonic()
    service.pageview(f"https://{SITE}/visible/{number}")
    while count(service, key) < expected:
        time.sleep(0.01)
    return time.monotonic() - began


def count(service: Service, key: str) -> int:
    """Page views of today, by the API."""
    question = {"site_id": SITE, "metrics": ["pageviews"], "date_range": "day"}
    answer = service.request("POST", "/api/v2/query", json.dumps(question).encode(), {"authorization": f"Bearer {key}"})
    pageviews: int = answer.json["results"][0]["metrics"][0]
    return pageviews


def read_dashboard(service: Service, key: str, end: threading.Event) -> None:
    """Asks as a dashboard does, until told to end."""
    dimensions = ["event:page", "visit:source", "visit:country", "visit:browser", "visit:device"]
    while not end.wait(1.0):
        for dimension in dimensions:
            question = {"site_id": SITE, "metrics": ["visitors"], "date_range": "day", "dimensions": [dimension]}
            headers = {"authorization": f"Bearer {key}"}
            service.request("POST", "/api/v2/query", json.dumps(question).encode(), headers)


def cpu(service: Service, *, loop: bool = False) -> float:
    """Seconds of CPU that the worker has used, or only its first thread, in which the event loop runs."""
    process = Path(f"/proc/{service.worker()}")
    stat = process / "task" / process.name / "stat" if loop else process / "stat"
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(service: Service) -> float:
    """Megabytes of the worker."""
    for line in Path(f"/proc/{service.worker()}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError


def load(service: Service, seconds: float, connections: int) -> tuple[int, tuple[float, float], float]:
    """Sends page views from a process of its own; returns acknowledged, (median, 99 %) in ms, and seconds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=generate, args=(theirs, service.port, seconds, connections))
    process.start()
    result: tuple[int, tuple[float, float], float] = ours.recv()
    process.join()
    return result


def generate(out: "multiprocessing.connection.Connection", port: int, seconds: float, connections: int) -> None:
    """The load generator's process."""
    out.send(asyncio.run(send_all(port, seconds, connections)))


async def send_all(port: int, seconds: float, connections: int) -> tuple[int, tuple[float, float], float]:
    """Closed loop: each connection sends its next event when the last one was acknowledged."""
    began = time.monotonic()
    end = began + seconds
    results = await asyncio.gather(*[send_some(port, end, number) for number in range(connections)])
    took = time.monotonic() - began
    latencies = sorted(latency for result in results for latency in result)
    return len(latencies), (latencies[len(latencies) // 2] * 1e3, latencies[len(latencies) * 99 // 100] * 1e3), took


async def send_some(port: int, end: float, number: int) -> list[float]:
    """One connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    turn = number
    while (now := time.monotonic()) < end:
        writer.write(request(turn))
        turn += 997
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 202 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.monotonic() - now)
    writer.close()
    return latencies


def request(turn: int) -> bytes:
    """A page view as a browser behind a proxy sends it."""
    visitor, page = turn % VISITORS, turn % PAGES
    event = {
        "n": "pageview",
        "u": f"https://{SITE}/section-{page % 20}/page-{page}?utm_source=newsletter",
        "d": SITE,
        "r": "https://www.google.com/",
        "w": 1280,
    }
    body = json.dumps(event).encode()
    head = (
        "POST /api/event HTTP/1.1\r\nHost: stats.example\r\nContent-Type: text/plain\r\n"
        f"User-Agent: {CHROME.replace('140', str(120 + visitor % 20))}\r\nAccept-Language: en-GB,en;q=0.9\r\n"
        f"Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nOrigin: https://{SITE}\r\nReferer: https://{SITE}/\r\n"
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
        f"X-Forwarded-For: 81.2.{visitor >> 8}.{visitor & 255}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    main()
