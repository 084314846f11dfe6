"""D17, D31: every way in, through the real server: a site's own endpoint from the moment it is saved, the picture, and the
rehearsal, which leaves nothing behind."""

import json

from tests.conftest import StartService

SITE = "ways.example"


def test_every_way_in_through_the_real_server(start_service: StartService) -> None:
    """Below a base path, which the proxy in front may take away or hand on."""
    service = start_service(public_url="http://localhost/stats")
    service.command("site", "add", SITE)
    key = {"Authorization": f"Bearer {service.command('key', 'add', '--site', SITE)}"}
    view = json.dumps({"n": "pageview", "u": f"https://{SITE}/a", "d": SITE}).encode()
    assert service.request("POST", "/stats/news/read", view).status == 404
    changed = service.request("PUT", f"/stats/api/v1/sites/{SITE}", b'{"endpoint": "news/read"}', key)
    assert (changed.status, changed.json["endpoint"]) == (200, "news/read")
    for path in ("/news/read", "/stats/news/read", "/api/event", "/stats/api/event"):
        assert (path, service.request("POST", path, view).status) == (path, 202)
    picture = service.request("GET", f"/stats/api/pixel.gif?d={SITE}", headers={"Referer": f"https://{SITE}/b"})
    assert (picture.status, len(picture.body), picture.headers["content-type"]) == (200, 43, "image/gif")
    for path in ("/stats/api/event?debug=1", "/news/read?debug=1"):
        told = service.request("POST", path, view, key)
        assert (told.status, told.json["sites"][0]["result"], told.json["sites"][0]["new_visit"]) == (200, "counted", False)
        assert service.request("POST", path, view).status == 401
    rows = service.query(SITE, "pageviews", "visits", dimensions=["event:page"])
    assert rows == [{"dimensions": ["/a"], "metrics": [4, 1]}, {"dimensions": ["/b"], "metrics": [1, 1]}]
