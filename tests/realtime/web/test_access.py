"""Who is let in."""

import os
import time
from pathlib import Path

import pytest

from realtime.web.access import Access, is_loopback, local_origin, open_access


@pytest.mark.parametrize(
    ("host", "remote", "let_in"),
    [
        ("127.0.0.1:8760", False, True),
        ("localhost:9000", False, True),  # a forwarded port has another number
        ("[::1]:8760", False, True),
        ("evil.example:8760", False, False),
        ("127.0.0.1.example.com", False, False),
        ("192.168.1.5:8760", False, False),
        ("192.168.1.5:8760", True, True),
        ("box.local:8760", True, True),
        ("evil.example:8760", True, False),
        ("", True, False),
        ("[::1", True, False),
    ],
)
def test_only_known_names_are_answered(host: str, remote: bool, let_in: bool) -> None:
    access = Access(remote=remote, names=frozenset({"box.local"}))
    assert (access.refusal({"Host": host}) == "") == let_in


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("http://127.0.0.1:8760", True),
        ("http://127.0.0.1:3000", False),
        ("http://localhost:8760", False),
        ("https://example.com", False),
        ("null", False),
    ],
)
def test_other_origins_are_refused(origin: str, let_in: bool) -> None:
    assert (Access().refusal({"Host": "127.0.0.1:8760", "Origin": origin}) == "") == let_in


def test_the_cookie_has_to_be_right_and_no_other_page_may_be_behind_the_request() -> None:
    access = Access()
    assert access.admits(access.session, {})
    assert access.admits(access.session, {"Sec-Fetch-Site": "same-origin"})
    assert not access.admits(access.session, {"Sec-Fetch-Site": "same-site"})
    assert not access.admits(access.session, {"Sec-Fetch-Site": "cross-site"})
    assert not access.admits(access.token, {})
    assert not access.admits("ä", {})
    assert not access.admits(None, {})


def test_secrets_are_long_differ_and_are_not_shown() -> None:
    one, other = Access(), Access()
    assert len({one.token, one.session, other.token, other.session}) == 4
    assert min(map(len, (one.token, one.session))) >= 32
    assert one.token not in repr(one) and one.session not in repr(one)


def test_the_session_outlives_a_run_on_loopback_only(tmp_path: Path) -> None:
    path = tmp_path / "config" / "page-session"
    first = open_access("127.0.0.1", path)
    again = open_access("localhost", path)
    assert first.session == again.session and first.token != again.token
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    assert open_access("0.0.0.0", path).session != first.session
    yesterday = time.time() - 25 * 3600
    os.utime(path, (yesterday, yesterday))
    assert open_access("127.0.0.1", path).session != first.session


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_session_that_others_could_read_or_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "page-session"
    first = open_access("127.0.0.1", path).session
    path.chmod(0o644)
    second = open_access("127.0.0.1", path).session
    assert second != first
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert open_access("127.0.0.1", path).session != second
    assert elsewhere.read_text().strip() == second, "a link is replaced, not followed"


def test_a_session_that_cannot_be_kept_is_the_runs_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "page-session"
    assert open_access("127.0.0.1", path).session != open_access("127.0.0.1", path).session


def test_loopback_is_known_without_a_name_server() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "example.com", "")))


def test_readers_of_this_machine_may_come_from_any_port() -> None:
    assert local_origin(None, "") and local_origin("http://localhost:3000", "127.0.0.1:8765")
    assert local_origin("http://10.0.0.1:8765", "10.0.0.1:8765")
    assert not local_origin("http://box:8765", "box:8765")
