"""What the owner decides: kept in one file, checked at the door, and nothing secret readable from it."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from msgspec import structs

from analytics.errors import InvalidInput, NotFound, StoreUnavailable
from analytics.site import FormerDomain, SectionRule, Site, SiteSettings
from analytics.store.control import passwords
from analytics.store.control.people import ABSOLUTE, IDLE, PASSWORD_VALID, SETUP_VALID, Person
from analytics.store.control.settings import timezones
from analytics.store.control.sites import RENAMED_FOR
from analytics.store.control.store import ControlStore
from analytics.store.control.throttle import ATTEMPTS, WINDOW, Throttle, TooManyAttempts
from tests.store.watch import GOOD, NOON, Watch


def everything(path: Path) -> bytes:
    """Every byte of the database as it lies on disk now, its log included."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


# --- the file ------------------------------------------------------------------------------------------


def test_the_file_and_its_log_are_for_the_owner_of_the_process_alone(control: ControlStore, site: Site, path: Path) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"control.sqlite": 0o600, "control.sqlite-wal": 0o600, "control.sqlite-shm": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    path.touch(mode=0o644)
    path.chmod(0o644)
    ControlStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_decided_is_there_after_a_restart(control: ControlStore, site: Site, path: Path) -> None:
    control.close()
    control.close()
    again = ControlStore(path)
    assert again.sites.all() == [site]
    again.close()


def test_a_closed_store_says_so(control: ControlStore) -> None:
    control.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        control.sites.all()


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreUnavailable, match=r"control\.sqlite cannot be used now: file is not a database"):
        ControlStore(path)


def test_commits_are_on_disk_before_they_are_acknowledged(control: ControlStore) -> None:
    database = control._database
    assert database.execute("PRAGMA synchronous") == [(2,)]
    assert database.execute("PRAGMA journal_mode") == [("wal",)]
    assert database.execute("PRAGMA foreign_keys") == [(1,)]


def test_a_transaction_is_all_or_nothing(control: ControlStore, site: Site) -> None:
    def half_of_it() -> None:
        with control._database.transaction():
            control._database.execute("DELETE FROM sites")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_of_it()
    assert control.sites.all() == [site]


def test_a_snapshot_is_a_whole_copy_with_the_same_mode(control: ControlStore, site: Site, path: Path) -> None:
    control._database.snapshot("before-0002")
    copy = path.with_name("control.sqlite.before-0002")
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT id FROM sites").fetchall() == [(site.id,)]
    connection.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_many_threads_add_sites_at_once_and_each_is_kept(control: ControlStore) -> None:
    def add(number: int) -> None:
        control.sites.add(f"site{number}.example", "UTC")

    threads = [Thread(target=add, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(control.sites.all()) == 16


def test_two_processes_may_have_the_file_open(control: ControlStore, path: Path) -> None:
    other = ControlStore(path)
    added = other.sites.add("example.org", "UTC")
    other.close()
    assert control.sites.find("example.org") == added


# --- sites ---------------------------------------------------------------------------------------------


def test_a_site_gets_a_random_name_of_its_own_and_the_recommended_settings(site: Site) -> None:
    assert (len(site.id), site.id.isalnum(), site.id == site.id.lower()) == (12, True, True)
    assert structs.replace(site, id="") == Site(id="", domain="example.org", timezone="Europe/Berlin", settings=SiteSettings())


@pytest.mark.parametrize("spelling", ["example.org", "https://www.Example.org/shop/", "EXAMPLE.ORG."])
def test_a_site_is_found_by_every_spelling_of_its_domain(control: ControlStore, site: Site, spelling: str) -> None:
    assert control.sites.find(spelling) == site


@pytest.mark.parametrize("domain", ["other.example", "", "a b", "\ud800", "' OR 1=1 --"])
def test_a_site_that_is_not_there_is_not_found(control: ControlStore, site: Site, domain: str) -> None:
    with pytest.raises(NotFound):
        control.sites.find(domain)


def test_sites_are_listed_by_domain(control: ControlStore) -> None:
    for domain in ("b.example", "a.example"):
        control.sites.add(domain, "UTC")
    assert [site.domain for site in control.sites.all()] == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("domain", "zone", "field"),
    [
        ("www.EXAMPLE.org", "UTC", "domain"),
        ("not a domain", "UTC", "domain"),
        ("other.example", "Mars/Olympus", "timezone"),
        ("other.example", "europe/berlin", "timezone"),
        ("other.example", "../../etc/passwd", "timezone"),
        ("other.example", "localtime", "timezone"),
        ("other.example", "\ud800", "timezone"),
    ],
)
def test_a_site_that_cannot_be_is_refused_with_the_field(
    control: ControlStore, site: Site, domain: str, zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        control.sites.add(domain, zone)
    assert refusal.value.field == field
    assert control.sites.all() == [site]


def test_zones_are_those_of_the_database_whatever_the_machine_calls_its_own() -> None:
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"} <= timezones()
    assert "localtime" not in timezones()


def test_listeners_are_told_after_a_change_was_kept_and_not_of_a_refused_one(control: ControlStore, site: Site) -> None:
    seen: list[list[str]] = []
    control.sites.subscribe(lambda: seen.append([site.domain for site in control.sites.all()]))
    control.sites.add("b.example", "UTC")
    with pytest.raises(InvalidInput):
        control.sites.add("b.example", "UTC")
    control.sites.change(structs.replace(site, domain="a.example"))
    assert seen == [["b.example", "example.org"], ["a.example", "b.example"]]


def test_settings_are_kept_in_their_one_spelling(control: ControlStore, site: Site) -> None:
    wished = SiteSettings(
        hostnames=("www.Example.org", "*.Bücher.example", "", "example.org", "localhost:3000", "https://staging.example.org:8443/a"),
        excluded_paths=(" /admin/* ", "*/draft"),
        excluded_networks=("192.0.2.0/24", "2001:DB8:0::/32", "198.51.100.7"),
        query_parameters=("p", "id"),
        trailing_slash=False,
        regions=True,
        script="kiosk",
    )
    control.sites.change(structs.replace(site, settings=wished, timezone="UTC"))
    assert control.sites.find("example.org") == structs.replace(
        site,
        timezone="UTC",
        settings=structs.replace(
            wished,
            hostnames=("example.org", "*.xn--bcher-kva.example", "localhost", "staging.example.org"),
            excluded_paths=("/admin/*", "*/draft"),
            excluded_networks=("192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"),
        ),
    )


def test_a_scripts_name_of_before_becomes_its_address() -> None:
    """Migration 0004: what was the name of a file in js is the whole address; settings without one keep the default."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE sites (settings TEXT)")
    database.executemany("INSERT INTO sites VALUES (?)", [('{"regions":true,"script":"kiosk"}',), ("{}",)])
    (script,) = (Path(passwords.__file__).parent / "schema").glob("*_address_of_the_script.sql")
    database.executescript(script.read_text())
    assert database.execute("SELECT settings FROM sites").fetchall() == [('{"regions":true,"script":"js/kiosk"}',), ("{}",)]
    database.close()


def test_each_site_gets_a_script_of_its_own(control: ControlStore) -> None:
    """The usual address for the first, then the site's name, then the name with a number."""
    domains = ("example.org", "news.example.org", "news-example.org", "bücher.example", "[::1]:8080", "localhost")
    assert [control.sites.add(domain, "UTC").settings.script for domain in domains] == [
        "js/footfall",
        "js/news-example-org",
        "js/news-example-org-2",
        "js/bcher-kva-example",
        "js/1-8080",
        "js/localhost",
    ]


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"features": ("forms", "outbound")}, True),
        ({"features": ("forms",)}, False),
        ({"features": ()}, False),
        ({"endpoint": "read"}, False),
        ({"endpoint": "read", "script": "kiosk"}, True),
    ],
)
def test_sites_share_an_address_only_if_they_want_the_same_file(
    control: ControlStore, change: dict[str, object], allowed: bool
) -> None:
    """An address is one file, the same for everybody. In which order features are named makes no difference."""
    settings = SiteSettings(script="js/shared", features=("outbound", "forms"))
    control.sites.change(structs.replace(control.sites.add("a.example", "UTC"), settings=settings))
    other = structs.replace(control.sites.add("b.example", "UTC"), settings=structs.replace(settings, **change))
    if allowed:
        assert control.sites.change(other) == other
    else:
        with pytest.raises(InvalidInput, match=r"a\.example also loads js/shared\.js.* such as js/footfall") as refused:
            control.sites.change(other)
        assert refused.value.field == "script"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hostnames": ("a b",)}, "hostnames"),
        ({"hostnames": ("**.example.org",)}, "hostnames"),
        ({"excluded_paths": ("admin",)}, "excluded_paths"),
        ({"excluded_paths": ("/\x00",)}, "excluded_paths"),
        ({"excluded_paths": ("/" + "a" * 500,)}, "excluded_paths"),
        ({"excluded_paths": tuple(f"/{number}" for number in range(501))}, "excluded_paths"),
        ({"excluded_networks": ("192.0.2.0/33",)}, "excluded_networks"),
        ({"excluded_networks": ("192.0.2.0/",)}, "excluded_networks"),
        ({"excluded_networks": ("2001:db8::/129",)}, "excluded_networks"),
        ({"excluded_networks": ("example.org",)}, "excluded_networks"),
        ({"excluded_networks": ("192.0.2.0/-1",)}, "excluded_networks"),
        ({"query_parameters": ("p=1",)}, "query_parameters"),
        ({"script": ""}, "script"),
        ({"script": "../beacon"}, "script"),
        ({"script": "Kiosk"}, "script"),
        ({"script": "a/b/c/d/e"}, "script"),
        ({"script": "a//b"}, "script"),
        ({"script": "/a"}, "script"),
        ({"script": "a" * 41}, "script"),
        ({"script": "health/live"}, "script"),
        ({"endpoint": ""}, "endpoint"),
        ({"endpoint": "api/events"}, "endpoint"),
        ({"endpoint": "a.b"}, "endpoint"),
        ({"features": ("cookies",)}, "features"),
        ({"small_cells": 0}, "small_cells"),
        ({"small_cells": 1001}, "small_cells"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_the_field(
    control: ControlStore, site: Site, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        control.sites.change(structs.replace(site, settings=structs.replace(site.settings, **change)))
    assert refusal.value.field == field
    assert control.sites.find("example.org") == site


def test_a_site_cannot_take_the_domain_of_another_and_one_that_is_gone_cannot_be_changed(
    control: ControlStore, site: Site
) -> None:
    control.sites.add("other.example", "UTC")
    with pytest.raises(InvalidInput, match=r"other\.example has already been added"):
        control.sites.change(structs.replace(site, domain="other.example"))
    with pytest.raises(NotFound):
        control.sites.change(structs.replace(site, id="gone", domain="new.example"))


def test_a_renamed_site_keeps_what_it_was_called_for_a_week(control: ControlStore, site: Site, watch: Watch) -> None:
    """Also after a restart, since it is in the file; of other changes nothing is kept."""
    once = control.sites.change(structs.replace(site, domain="once.example"))
    assert once.former_domains == (FormerDomain("example.org", int(NOON) + 7 * 86_400),)
    watch.now += 60
    twice = control.sites.change(structs.replace(once, domain="twice.example", timezone="UTC"))
    assert [former.domain for former in twice.former_domains] == ["example.org", "once.example"]
    assert control.sites.change(structs.replace(twice, timezone="Asia/Tokyo")).former_domains == twice.former_domains
    watch.now = NOON + RENAMED_FOR
    assert [former.domain for former in control.sites.change(twice).former_domains] == ["once.example"]
    assert control.sites.find("twice.example").domains_at(watch.now) == ["twice.example", "once.example"]
    assert control.sites.find("twice.example").domains_at(watch.now + 60) == ["twice.example"]


def test_a_former_domain_goes_to_the_site_that_takes_it(control: ControlStore, site: Site) -> None:
    """Added or renamed; and with that it does not come back when that site is called otherwise, or is gone."""
    renamed = control.sites.change(structs.replace(site, domain="new.example"))
    taker = control.sites.add("example.org", "UTC")
    assert control.sites.find("new.example").former_domains == taker.former_domains == ()
    control.sites.remove(taker)
    assert control.sites.find("new.example").former_domains == ()
    control.sites.change(structs.replace(renamed, domain="example.org"))
    other = control.sites.change(structs.replace(control.sites.add("other.example", "UTC"), domain="new.example"))
    assert control.sites.find("example.org").former_domains == ()
    assert [former.domain for former in other.former_domains] == ["other.example"]


def test_what_is_renamed_back_is_called_so_by_itself(control: ControlStore, site: Site) -> None:
    control.sites.change(structs.replace(site, domain="new.example"))
    back = control.sites.change(site)
    assert (back.domain, [former.domain for former in back.former_domains]) == ("example.org", ["new.example"])


# --- sections ------------------------------------------------------------------------------------------


def test_sections_keep_the_order_they_were_given_in(control: ControlStore, site: Site) -> None:
    control.sections.replace(site, [SectionRule(name="Old", pattern="/old")])
    rules = [SectionRule(name="Shop / Sale", pattern=" /shop/sale/** ", position=9), SectionRule(name="Shop", pattern="/shop/**")]
    control.sections.replace(site, rules)
    assert control.sections.all(site) == [
        SectionRule(name="Shop/Sale", pattern="/shop/sale/**", position=0),
        SectionRule(name="Shop", pattern="/shop/**", position=1),
    ]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (SectionRule(name="", pattern="/a"), "rules/1/name"),
        (SectionRule(name="Shop//Sale", pattern="/a"), "rules/1/name"),
        (SectionRule(name="\u202eShop", pattern="/a"), "rules/1/name"),
        (SectionRule(name="Shop", pattern=""), "rules/1/pattern"),
        (SectionRule(name="Shop", pattern="shop"), "rules/1/pattern"),
        (SectionRule(name="Shop", pattern="/\ud800"), "rules/1/pattern"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_row_and_the_old_ones_stay(
    control: ControlStore, site: Site, rule: SectionRule, field: str
) -> None:
    first = SectionRule(name="First", pattern="/first")
    control.sections.replace(site, [first])
    with pytest.raises(InvalidInput) as refusal:
        control.sections.replace(site, [first, rule])
    assert refusal.value.field == field
    assert control.sections.all(site) == [first]


def test_sections_of_one_site_are_not_those_of_another(control: ControlStore, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    control.sections.replace(site, [SectionRule(name="Shop", pattern="/shop/**")])
    assert control.sections.all(other) == []
    with pytest.raises(NotFound):
        control.sections.replace(structs.replace(site, id="gone"), [])


# --- keys ----------------------------------------------------------------------------------------------


def test_a_key_opens_what_it_was_made_for_and_its_text_is_nowhere(control: ControlStore, site: Site, path: Path) -> None:
    text = control.api_keys.add(site, ["stats", "events"], "shop server")
    key = control.api_keys.find(text)
    assert text.startswith("ff_")
    assert len(text) == 3 + 43  # 256 bits, base64
    assert key is not None
    assert (key.name, key.scopes, key.site_ids) == ("shop server", {"stats", "events"}, {site.id})
    assert text.encode() not in everything(path)
    assert text[3:].encode() not in everything(path)


def test_a_key_without_a_site_and_scopes_is_for_all_of_them(control: ControlStore) -> None:
    key = control.api_keys.find(control.api_keys.add(None, []))
    assert key is not None
    assert (key.scopes, key.site_ids) == ({"stats", "events", "sites"}, None)


@pytest.mark.parametrize("text", ["", "ff_", "ff_" + "A" * 43, "\ud800", "x" * 100_000])
def test_what_is_no_key_opens_nothing(control: ControlStore, site: Site, text: str) -> None:
    control.api_keys.add(site, ["stats"])
    assert control.api_keys.find(text) is None


def test_a_key_may_not_be_allowed_what_does_not_exist(control: ControlStore, site: Site) -> None:
    with pytest.raises(InvalidInput, match="“admin” is not a permission; choose from stats, events, sites"):
        control.api_keys.add(site, ["stats", "admin"])
    with pytest.raises(NotFound):
        control.api_keys.add(structs.replace(site, id="gone"), ["stats"])
    assert control.api_keys.all() == []


def test_a_revoked_key_stops_working_at_once(control: ControlStore, site: Site) -> None:
    text = control.api_keys.add(site, ["stats"])
    entry = control.api_keys.all()[0]
    control.api_keys.revoke(entry.key.id)
    assert control.api_keys.find(text) is None
    with pytest.raises(NotFound, match="been revoked"):
        control.api_keys.revoke(entry.key.id)


# --- people --------------------------------------------------------------------------------------------


def test_d8_the_owner_is_made_with_the_one_time_token_and_nobody_after_that(control: ControlStore) -> None:
    token = control.people.setup_token()
    assert token is not None
    person = control.people.create_owner(token, "Ada@Example.org", " Ada ", GOOD)
    assert (person.email, person.name) == ("ada@example.org", "Ada")
    assert control.people.setup_token() is None
    with pytest.raises(InvalidInput) as refusal:
        control.people.create_owner(token, "eve@example.org", "Eve", GOOD)
    assert refusal.value.field == "token"


def test_a_new_setup_token_replaces_the_one_before(control: ControlStore) -> None:
    first, second = control.people.setup_token(), control.people.setup_token()
    assert first is not None
    assert second is not None
    assert (control.people.may_set_up(first), control.people.may_set_up(second)) == (False, True)


def test_a_setup_token_is_good_for_a_day(control: ControlStore, watch: Watch) -> None:
    token = control.people.setup_token() or ""
    watch.now += SETUP_VALID - 1
    assert control.people.may_set_up(token)
    watch.now += 1
    assert not control.people.may_set_up(token)


def test_of_tokens_and_passwords_only_hashes_are_on_disk(control: ControlStore, owner: Person, path: Path) -> None:
    sign_in, reset = control.people.sign_in(owner), control.people.password_token(owner.email)
    bytes_on_disk = everything(path)
    for secret in (GOOD, sign_in, reset):
        assert secret.encode() not in bytes_on_disk
    (kept,) = control._database.execute("SELECT password FROM people")[0]
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("", "Ada", GOOD, "email"),
        ("ada", "Ada", GOOD, "email"),
        ("ada@example.org\nbcc: eve@example.org", "Ada", GOOD, "email"),
        ("a" * 300 + "@example.org", "Ada", GOOD, "email"),
        ("ada@example.org", "", GOOD, "name"),
        ("ada@example.org", "Ada\x1b[31m", GOOD, "name"),
        ("ada@example.org", "Ada", "", "password"),
        ("ada@example.org", "Ada", "short words", "password"),
        ("ada@example.org", "Ada", "x" * 1025, "password"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_the_token_stays_good(
    control: ControlStore, email: str, name: str, password: str, field: str
) -> None:
    token = control.people.setup_token() or ""
    with pytest.raises(InvalidInput) as refusal:
        control.people.create_owner(token, email, name, password)
    assert refusal.value.field == field
    assert control.people.may_set_up(token)


@pytest.mark.parametrize(
    "password",
    ["footfall1234", "Password1234!", "AdaLovelace1", "123456789012", "aaaaaaaaaaaaaaaa", "stats.example.org", "qwertyuiop12"],
)
def test_a_password_made_of_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="easy to guess"):
        passwords.checked(password, ("ada@example.org", "Ada Lovelace", "stats.example.org"))


@pytest.mark.parametrize("password", [GOOD, "пароль из слов", "🐘🦒🦓🐆🐅🦏🦛🐪🐫🦘🐃🐂", "a" * 5 + "correct horse battery", "x7Kq!m2Rw9Zp"])
def test_a_password_may_have_any_characters(password: str) -> None:
    assert passwords.matches(passwords.hashed(passwords.checked(password, ())), password)


def test_a_password_is_the_same_however_a_keyboard_writes_its_letters() -> None:
    assert passwords.matches(passwords.hashed("Zu\u0308rich am See!"), "Z\u00fcrich am See!")


@pytest.mark.parametrize("kept", [None, "", "$argon2id$broken", "md5:abc"])
def test_what_is_no_hash_matches_nothing(kept: str | None) -> None:
    assert not passwords.matches(kept, "nobody has this password")


def test_the_right_password_and_the_right_address_in_any_case_let_in(control: ControlStore, owner: Person) -> None:
    assert control.people.authenticate(" ADA@example.org", GOOD) == owner
    assert control.people.authenticate("ada@example.org", GOOD + "!") is None
    assert control.people.authenticate("eve@example.org", GOOD) is None
    assert control.people.authenticate("\ud800", "\ud800") is None


def test_a_password_hashed_the_old_way_is_hashed_anew_when_it_is_used(control: ControlStore, owner: Person) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    control._database.execute("UPDATE people SET password = ?", (weak,))
    assert control.people.authenticate(owner.email, GOOD) == owner
    (kept,) = control._database.execute("SELECT password FROM people")[0]
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_an_account_may_be_tried_ten_times_in_five_minutes_whether_it_exists_or_not(
    control: ControlStore, owner: Person, watch: Watch, email: str
) -> None:
    for _ in range(ATTEMPTS):
        assert control.people.authenticate(email, "a wrong password") is None
    with pytest.raises(TooManyAttempts, match="in 5 minutes") as refusal:
        control.people.authenticate(email, GOOD)
    assert refusal.value.seconds == WINDOW
    watch.now += WINDOW
    control.people.authenticate(email, GOOD)


def test_the_right_password_ends_the_counting(control: ControlStore, owner: Person) -> None:
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            control.people.authenticate(owner.email, "a wrong password")
        assert control.people.authenticate(owner.email, GOOD) == owner


def test_the_throttle_holds_a_limited_number_of_accounts(watch: Watch) -> None:
    throttle = Throttle(watch, size=100)
    for number in range(1000):
        throttle.attempt(f"account {number}")
    assert len(throttle._attempts) == 100


def test_guessing_addresses_does_not_free_the_tried_ones(control: ControlStore, owner: Person) -> None:
    """Nobody makes an account forgotten, and its attempts with it, by trying many that do not exist."""
    for _ in range(ATTEMPTS):
        control.people._known.attempt(owner.email)
    for number in range(10_001):
        control.people._unknown.attempt(f"{number}@example.org")
    with pytest.raises(TooManyAttempts):
        control.people.authenticate(owner.email, GOOD)


def test_a_sign_in_lasts_while_it_is_used_and_a_week_at_most(control: ControlStore, owner: Person, watch: Watch) -> None:
    token = control.people.sign_in(owner)
    while watch.now < NOON + ABSOLUTE - IDLE // 2:
        watch.now += IDLE // 2
        assert control.people.signed_in(token) == owner
    watch.now = NOON + ABSOLUTE
    assert control.people.signed_in(token) is None


def test_a_sign_in_that_nobody_uses_ends(control: ControlStore, owner: Person, watch: Watch) -> None:
    token = control.people.sign_in(owner)
    watch.now += IDLE
    assert control.people.signed_in(token) is None
    control.people.sign_in(owner)
    assert control._database.execute("SELECT count(*) FROM sign_ins") == [(1,)]


@pytest.mark.parametrize("token", ["", "x", "\ud800"])
def test_what_is_no_sign_in_is_nobody(control: ControlStore, owner: Person, token: str) -> None:
    control.people.sign_in(owner)
    assert control.people.signed_in(token) is None


def test_signing_out_ends_one_sign_in(control: ControlStore, owner: Person) -> None:
    here, there = control.people.sign_in(owner), control.people.sign_in(owner)
    control.people.sign_out(here)
    assert (control.people.signed_in(here), control.people.signed_in(there)) == (None, owner)


def test_d8_a_lost_password_is_replaced_with_a_link_that_works_once_and_ends_every_sign_in(
    control: ControlStore, owner: Person
) -> None:
    sign_in, token = control.people.sign_in(owner), control.people.password_token("ADA@example.org")
    with pytest.raises(InvalidInput) as refusal:
        control.people.reset_password(token, "short")
    assert refusal.value.field == "password"
    control.people.reset_password(token, "another few words")
    assert control.people.signed_in(sign_in) is None
    assert control.people.authenticate(owner.email, GOOD) is None
    assert control.people.authenticate(owner.email, "another few words") == owner
    with pytest.raises(InvalidInput) as refusal:
        control.people.reset_password(token, "yet other few words")
    assert refusal.value.field == "token"


def test_a_link_for_a_new_password_is_good_for_an_hour_and_a_newer_one_replaces_it(
    control: ControlStore, owner: Person, watch: Watch
) -> None:
    first, second = control.people.password_token(owner.email), control.people.password_token(owner.email)
    assert (control.people.may_reset(first), control.people.may_reset(second)) == (False, True)
    watch.now += PASSWORD_VALID
    assert not control.people.may_reset(second)
    with pytest.raises(NotFound):
        control.people.password_token("nobody@example.org")


def test_a_token_of_one_kind_is_no_token_of_another(control: ControlStore, owner: Person) -> None:
    token = control.people.password_token(owner.email)
    assert not control.people.may_set_up(token)
    assert control.people.signed_in(token) is None
    assert not control.people.may_reset(control.people.sign_in(owner))


# --- who did what --------------------------------------------------------------------------------------


def test_every_decision_is_in_the_log_with_who_and_when(control: ControlStore, owner: Person, site: Site) -> None:
    changed = structs.replace(
        site,
        timezone="UTC",
        settings=structs.replace(site.settings, respect_gpc=False, excluded_networks=("192.0.2.0/24",), small_cells=1),
    )
    actions: list[Callable[[], object]] = [
        lambda: control.sites.change(changed, by=owner.email),
        lambda: control.sections.replace(site, [SectionRule(name="Shop", pattern="/shop/**")], by=owner.email),
        lambda: control.api_keys.add(None, ["stats"], "report", by=owner.email),
        lambda: control.api_keys.revoke(1, by=owner.email),
    ]
    for action in actions:
        action()
    records = [(record.who, record.what, record.subject) for record in reversed(control.audit.latest())]
    assert records == [
        ("ada@example.org", "owner created", ""),
        ("command line", "site added", "example.org, Europe/Berlin"),
        ("ada@example.org", "site changed", "example.org: timezone = UTC, excluded_networks, respect_gpc = False, small_cells = 1"),
        ("ada@example.org", "sections changed", "example.org: 1 rules"),
        ("ada@example.org", "key added", "report, stats, all"),
        ("ada@example.org", "key revoked", "report, stats"),
    ]
    assert {record.at.timestamp() for record in control.audit.latest()} == {NOON}


def test_the_audit_log_forgets_what_is_older_than_400_days(control: ControlStore, watch: Watch) -> None:
    """It names people, of whom some have left."""
    control.sites.add("first.example", "UTC")
    for days, left in ((400, {"first.example, UTC", "second.example, UTC"}), (401, {"second.example, UTC", "third.example, UTC"})):
        watch.now = NOON + days * 86400
        control.sites.add("second.example" if days == 400 else "third.example", "UTC")
        assert {record.subject for record in control.audit.latest()} == left


def test_what_cookies_are_signed_with_stays_the_same(control: ControlStore, path: Path) -> None:
    other = ControlStore(path)
    assert control.secret_key() == other.secret_key()
    assert len(control.secret_key()) == 32
    other.close()
